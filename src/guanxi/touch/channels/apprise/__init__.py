"""SMS and more than a hundred messengers through an Apprise server (`apprise-api`), by its stateless `/notify`."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.touch.channels import Adapter, Later, Parcel, Refused, Settings, posting


class AppriseForm(forms.Form):
    """The server, and the address of the service as Apprise writes it."""

    SECRETS = ("service",)

    server = forms.URLField(label=_("Apprise server"), assume_scheme="https")
    service = forms.CharField(
        label=_("Service"), max_length=500, required=False, widget=forms.PasswordInput(render_value=False),
        help_text=_("As Apprise writes it, with {to} for the recipient: twilio://SID:TOKEN@FROM/{to}"),
    )  # fmt: skip
    timeout = forms.IntegerField(
        label=_("Seconds to wait for an answer"), min_value=1, max_value=120, initial=20
    )

    def clean_service(self) -> str:
        """A service without a recipient would speak to one address for everybody."""
        service: Any = self.cleaned_data["service"]
        if service and not re.match(r"[a-z0-9+]+://.*\{to\}", service):
            raise forms.ValidationError(_("Write the service like twilio://SID:TOKEN@FROM/{to}"))
        return str(service)


class AppriseSession:
    """Speaks to one Apprise server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, parcel: Parcel, handing: Callable[[], None]) -> str:
        """Hand over one message."""
        if not parcel.to:
            raise Refused("no address", address=True)
        service = str(self._settings["service"]).replace("{to}", quote(parcel.to, safe="+"))
        body = {
            "urls": service, "title": "", "body": f"{parcel.text.short.strip()}\n{parcel.leave}", "type": "info",
            "format": "text",
        }  # fmt: skip
        status, said = posting.post(
            str(self._settings["server"]).rstrip("/") + "/notify", body, headers={},
            timeout=float(self._settings.get("timeout") or 20), handing=handing,
        )  # fmt: skip
        if status == 200:
            return said[:120]
        # 424: the service behind Apprise did not take it.
        if status >= 500 or status in (408, 424, 429):
            raise Later(said, code=str(status))
        raise Refused(said, code=str(status))

    def close(self) -> None:
        """Nothing is open."""


ADAPTER = Adapter(
    name="apprise",
    label=_("SMS and messengers (Apprise)"),
    about=_("Apprise keeps no keys: where the answer is missing, the message is not sent again by itself."),
    channels=("sms", "messenger"),
    reaches={"sms": "phone", "messenger": "open_id"},
    form=AppriseForm,
    open=AppriseSession,
    connections=2,
)
