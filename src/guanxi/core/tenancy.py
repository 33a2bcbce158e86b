"""Whose rows a transaction sees. Without it every data table answers *permission denied*.

The login role owns nothing and inherits nothing. `tenancy(viewer)` opens a transaction and, in one breath with its
first statement, takes the role of the viewer's kind and sets the ids that the row policies read. They end with the
transaction; inside an outer one (a test, a process over many enterprises) the former values are put back, so that two
viewers never mix.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer

_current: ContextVar[Viewer | None] = ContextVar("viewer", default=None)

_SET = Statement(
    """SELECT set_config('role', $1, true), set_config('app.enterprise', $2, true),
set_config('app.person', $3, true), set_config('app.actor', $4, true), set_config('app.request', $5, true)"""
)


# Role, enterprise, person, actor and request.
_Values = tuple[str, str, str, str, str]


class NoTenancy(RuntimeError):
    """A query for a viewer's data ran outside `tenancy(viewer)`."""


@contextmanager
def tenancy(viewer: Viewer) -> Iterator[Viewer]:
    """Run the block as this viewer, in one transaction (a savepoint inside another)."""
    with _acting(_values(viewer), viewer):
        yield viewer


@contextmanager
def role(name: str) -> Iterator[None]:
    """Run the block as one of the roles without a viewer (`guanxi_work` for the inbox), in one transaction."""
    with _acting((name, "", "", "", ""), None):
        yield


@contextmanager
def _acting(values: _Values, viewer: Viewer | None) -> Iterator[None]:
    former, inside = _current.get(), connection.in_atomic_block
    with transaction.atomic():
        line.say(_SET, *values, idle=True)
        token = _current.set(viewer)
        try:
            yield
        finally:
            _current.reset(token)
        # Not after an error: the rollback puts the former values back by itself, as does the end of the outermost.
        if inside:
            line.say(_SET, *(_values(former) if former else ("none", "", "", "", "")), idle=True)


def current() -> Viewer:
    """The viewer of the block that is running.

    Raises:
        NoTenancy: There is none.
    """
    viewer = _current.get()
    if viewer is None:
        raise NoTenancy("Open `with tenancy(viewer):` before asking for a viewer's data.")
    return viewer


def _values(viewer: Viewer) -> _Values:
    return (
        f"guanxi_{viewer.kind}",
        str(viewer.enterprise_id or ""),
        str(viewer.person_id or ""),
        viewer.actor,
        viewer.request_id,
    )
