"""Any provider that takes a signed POST: the enterprise's own gateway for SMS, phone, chat, post or displays."""

import hmac
from collections.abc import Callable

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.touch.channels import Adapter, Later, Parcel, Refused, Settings, posting


class WebhookForm(forms.Form):
    """Where to, and the secret by which the receiver knows us."""

    SECRETS = ("secret",)

    address = forms.URLField(label=_("Address"), assume_scheme="https")
    secret = forms.CharField(
        label=_("Secret"), min_length=16, max_length=200, required=False,
        widget=forms.PasswordInput(render_value=False),
        help_text=_("Signs each message: X-Guanxi-Signature is the HMAC-SHA256 of its Idempotency-Key."),
    )  # fmt: skip
    timeout = forms.IntegerField(
        label=_("Seconds to wait for an answer"), min_value=1, max_value=120, initial=20
    )


class WebhookSession:
    """Speaks to one address."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, parcel: Parcel, handing: Callable[[], None]) -> str:
        """Hand over one message."""
        key = str(parcel.key)
        secret = str(self._settings.get("secret") or "")
        headers = {"Idempotency-Key": key}
        if secret:
            headers["X-Guanxi-Signature"] = hmac.new(secret.encode(), key.encode(), "sha256").hexdigest()
        body = {
            "id": key, "message": str(parcel.message_id), "customer": str(parcel.customer_id), "to": parcel.to,
            "from": parcel.enterprise, "language": parcel.text.language, "subject": parcel.text.subject,
            "text": parcel.text.short, "leave": parcel.leave,
        }  # fmt: skip
        status, said = posting.post(
            self._settings["address"], body, headers=headers,
            timeout=float(self._settings.get("timeout") or 20), handing=handing,
        )  # fmt: skip
        if status < 300 or status == 409:
            return said[:120]
        if status >= 500 or status in (408, 425, 429):
            raise Later(said, code=str(status))
        raise Refused(said, code=str(status), address=status == 410)

    def close(self) -> None:
        """Nothing is open."""


ADAPTER = Adapter(
    name="webhook",
    label=_("Web address (webhook)"),
    about=_(
        "Each message carries an Idempotency-Key. The receiver must take the same key once: after a break it may "
        "come again."
    ),
    channels=("sms", "phone", "messenger", "post", "display"),
    reaches={"sms": "phone", "phone": "phone"},
    form=WebhookForm,
    open=WebhookSession,
    repeatable=True,
    connections=4,
)
