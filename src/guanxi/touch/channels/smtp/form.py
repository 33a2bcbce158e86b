"""What a mail server has to be told, and where what comes back is read."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class MailServerForm(forms.Form):
    """Host, sender and the mailbox of bounces."""

    SECRETS = ("password", "mailbox_password")

    host = forms.CharField(label=_("Server"), max_length=200)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[("starttls", "STARTTLS"), ("tls", "TLS"), ("none", _("None"))],
        initial="starttls",
    )
    user = forms.CharField(label=_("User"), max_length=200, required=False)
    password = forms.CharField(
        label=_("Password"), max_length=200, required=False, widget=forms.PasswordInput(render_value=False)
    )
    from_name = forms.CharField(label=_("Name of the sender"), max_length=100)
    from_address = forms.EmailField(label=_("Address of the sender"))
    bounce_address = forms.EmailField(
        label=_("Address for what comes back"),
        required=False,
        help_text=_(
            "Mail that cannot be delivered returns there; each message gets its own: name+key@domain."
        ),
    )
    mailbox_host = forms.CharField(
        label=_("IMAP server of that mailbox"), max_length=200, required=False,
        help_text=_("Bounces and complaints are read there every five minutes."),
    )  # fmt: skip
    mailbox_port = forms.IntegerField(label=_("IMAP port"), min_value=1, max_value=65535, initial=993)
    mailbox_security = forms.ChoiceField(
        label=_("IMAP encryption"), choices=[("tls", "TLS"), ("none", _("None"))], initial="tls"
    )
    mailbox_user = forms.CharField(label=_("IMAP user"), max_length=200, required=False)
    mailbox_password = forms.CharField(
        label=_("IMAP password"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(render_value=False),
    )
    timeout = forms.IntegerField(
        label=_("Seconds to wait for an answer"), min_value=1, max_value=120, initial=20
    )

    def clean_from_name(self) -> str:
        """One line: it stands in a header."""
        name: Any = self.cleaned_data["from_name"]
        return " ".join(str(name).split())
