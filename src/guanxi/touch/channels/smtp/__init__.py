"""E-mail over SMTP."""

from django.utils.translation import gettext_lazy as _

from guanxi.touch.channels import Adapter
from guanxi.touch.channels.smtp.form import MailServerForm
from guanxi.touch.channels.smtp.session import MailSession

ADAPTER = Adapter(
    name="smtp",
    label=_("Mail server (SMTP)"),
    about=_(
        "A mail server cannot be asked whether it has a message already: where the answer is missing, the message "
        "is not sent again by itself."
    ),
    channels=("email",),
    reaches={"email": "email"},
    form=MailServerForm,
    open=MailSession,
    connections=4,
)
