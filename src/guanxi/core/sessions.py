"""Sessions in the database, found by a query that is built once: every page of both doors asks for one."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from guanxi.core.compiled import compiled


@compiled
def _living(session_key: str, now: datetime) -> QuerySet[Session, str]:
    rows = Session.objects.filter(session_key=session_key, expire_date__gt=now)
    return rows.values_list("session_data", flat=True)


class SessionStore(db.SessionStore):
    """Django's own, but for how it loads."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key, where it has ended."""
        data = _living(self.session_key, timezone.now()).first if self.session_key else None
        if data is None:
            self._session_key = None
            return {}
        return dict(self.decode(data))
