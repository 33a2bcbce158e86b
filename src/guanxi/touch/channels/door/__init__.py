"""Messages at the person's own door: they wait there until they are read, and leave the house by no other way."""

from collections.abc import Callable

from django import forms
from django.db import connection
from django.utils.translation import gettext_lazy as _

from guanxi.core import sealing, tenancy, viewers
from guanxi.touch.channels import Adapter, Parcel, Settings

_PUT = """
INSERT INTO touch_letter (message_id, enterprise_id, customer_id, subject, body, arrived_at)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (message_id) DO NOTHING
"""


class DoorForm(forms.Form):
    """Nothing has to be told."""

    SECRETS: tuple[str, ...] = ()


class DoorSession:
    """Puts messages on the table of letters."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, parcel: Parcel, handing: Callable[[], None]) -> str:
        """Put one message there; a second time changes nothing."""
        handing()
        viewer = viewers.for_process(parcel.enterprise_id, "sender")
        with tenancy.tenancy(viewer):
            key = sealing.keys_for(viewer.tenant, [parcel.customer_id], create=True)[parcel.customer_id]
            subject, body = (sealing.encrypt(key, one) for one in (parcel.text.subject, parcel.text.short))
            with connection.cursor() as cursor:
                cursor.execute(
                    _PUT,
                    [parcel.message_id, viewer.tenant, parcel.customer_id, subject, body, viewer.now],
                )
        return "at the door"

    def close(self) -> None:
        """Nothing is open."""


ADAPTER = Adapter(
    name="door",
    label=_("The person's own door"),
    about=_("Whoever has claimed their record reads it under “Messages”; nothing leaves this house."),
    channels=("chat",),
    reaches={},
    form=DoorForm,
    open=DoorSession,
    repeatable=True,
    own_thread=True,
)
