"""Writes of a person in the box of messages at their door."""

from uuid import UUID

from django.db import transaction

from guanxi.core.errors import NotFound
from guanxi.core.viewer import Viewer
from guanxi.touch.models import Letter


@transaction.atomic
def mark_read(*, viewer: Viewer, message_id: UUID) -> bool:
    """Mark a message as read; whether it was unread. Row security holds it to the person's own.

    Raises:
        NotFound: There is no such message at this person's door.
    """
    letter = Letter.objects.filter(pk=message_id)
    if not letter.exists():
        raise NotFound(field="message")
    return bool(letter.filter(read_at__isnull=True).update(read_at=viewer.now))
