"""Live push, the writing half: says *what changed* (topic and id), never content.

The live process passes topics on to the pages that watch them; a page fetches its part through the normal view,
so visibility is decided in one place. A page may watch only topics that the server signed for it.
"""

import json
from collections.abc import Collection

from django.core import signing

from guanxi.core import arrays
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer

CHANNEL = "guanxi_live"
SALT = "guanxi.live"
# A NOTIFY carries at most 8000 bytes; a topic with two ids is some ninety.
_TOPICS_A_NOTICE = 80
SIGNED_FOR_SECONDS = 12 * 3600
_NOTIFY = Statement("SELECT pg_notify($1, notice) FROM unnest($2::text[]) AS notice")


def notify(topics: Collection[str]) -> None:
    """Tell watchers that these topics changed, when the transaction commits.

    One call for a batch, never one an event: NOTIFY takes a lock at commit that all sessions share.
    """
    ordered = sorted(set(topics))
    notices = [
        json.dumps(ordered[start : start + _TOPICS_A_NOTICE])
        for start in range(0, len(ordered), _TOPICS_A_NOTICE)
    ]
    line.say(_NOTIFY, CHANNEL, arrays.texts(notices))


def topic(kind: str, subject: object, viewer: Viewer) -> str:
    """The name under which changes of a subject are announced; it carries the tenant."""
    return f"{viewer.enterprise_id or viewer.person_id}:{kind}:{subject}"


def sign(topics: Collection[str]) -> str:
    """A token with which a page may watch these topics for twelve hours."""
    return signing.dumps(sorted(topics), salt=SALT, compress=True)


def watched(token: str) -> list[str]:
    """The topics of a token.

    Raises:
        django.core.signing.BadSignature: We did not sign it, or too long ago.
    """
    topics: list[str] = signing.loads(token, salt=SALT, max_age=SIGNED_FOR_SECONDS)
    return topics
