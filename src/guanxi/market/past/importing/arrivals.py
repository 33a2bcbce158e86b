"""What the three targets of the past have in common: rows that come once, by an id made from their key, and may go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.sales import staging


@dataclass(frozen=True, slots=True)
class Kind:
    """A table that rows come into.

    Attributes:
        table: Its name; `id`, `enterprise_id` and `recorded_at` are filled here.
        columns: The others with their types, as CREATE TABLE wants them.
        key: SQL condition under which a `staged` and a `stored` row are the same.
    """

    table: str
    columns: Mapping[str, str]
    key: str

    @property
    def staged(self) -> str:
        """The temporary table."""
        return f"staged_{self.table}"


def store(
    viewer: Viewer,
    kind: Kind,
    rows: Sequence[Row],
    *,
    read: Callable[[Row], tuple[UUID, tuple[Any, ...]] | str],
    dry: bool,
) -> list[Outcome]:
    """Store rows that are not there yet; `read` gives id and values of one, or the reason why it is refused."""
    found: dict[int, UUID] = {}
    values: dict[UUID, tuple[Any, ...]] = {}
    refused: dict[int, str] = {}
    for row in rows:
        match read(row):
            case str(reason):
                refused[row.number] = reason
            case (id_, of_row):
                found[row.number] = id_
                values.setdefault(id_, of_row)
    fresh = _write(viewer, kind, values, dry=dry)
    outcomes = []
    for row in rows:
        if row.number in refused:
            outcomes.append(Outcome(row.number, Action.REJECT, None, refused[row.number]))
            continue
        id_ = found[row.number]
        outcomes.append(Outcome(row.number, Action.CREATE if id_ in fresh else Action.UNCHANGED, id_))
        fresh.discard(id_)
    return outcomes


def take_back(viewer: Viewer, kind: Kind, outcomes: Sequence[Outcome], *, unless: str = "") -> list[Outcome]:
    """Delete what was stored; `unless` is an SQL condition on `stored` under which a row has to stay."""
    ids = [each.target_id for each in outcomes]
    free = f" AND NOT ({unless})" if unless else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {kind.table} AS stored WHERE enterprise_id = %s AND id = ANY(%s){free} RETURNING id",
            [viewer.tenant, ids],
        )
        gone = {row[0] for row in cursor.fetchall()}
    return [
        Outcome(each.number, Action.UNDONE, each.target_id)
        if each.target_id in gone
        else Outcome(each.number, Action.REFUSED, each.target_id, _("Other rows still belong to it."))
        for each in outcomes
    ]


def _write(viewer: Viewer, kind: Kind, values: Mapping[UUID, tuple[Any, ...]], *, dry: bool) -> set[UUID]:
    """Which of them are new; written unless `dry`."""
    names = ", ".join(kind.columns)
    typed = ", ".join(f"{name} {type_}" for name, type_ in kind.columns.items())
    with connection.cursor() as cursor:
        staging.fill(
            cursor, kind.staged, f"id uuid, {typed}", [[id_, *of_row] for id_, of_row in values.items()]
        )
        if dry:
            cursor.execute(
                f"SELECT staged.id FROM {kind.staged} AS staged JOIN {kind.table} AS stored "
                f"ON stored.enterprise_id = %s AND {kind.key}",
                [viewer.tenant],
            )
            return set(values) - {row[0] for row in cursor.fetchall()}
        cursor.execute(
            f"INSERT INTO {kind.table} (id, enterprise_id, recorded_at, {names}) "
            f"SELECT id, %s, %s, {names} FROM {kind.staged} ON CONFLICT DO NOTHING RETURNING id",
            [viewer.tenant, viewer.now],
        )
        return {row[0] for row in cursor.fetchall()}
