"""How a viewer comes about: from an account at a door, from an API key, or from a process that acts by itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from guanxi.core import secrets
from guanxi.core.errors import NotFound
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Reach, Role, Viewer


@dataclass(frozen=True, slots=True)
class Membership:
    """An enterprise that an account works for."""

    enterprise_id: UUID
    name: str
    slug: str
    row: Mapping[str, Any] = field(repr=False)


_MEMBERSHIP = (
    "staff_id", "enterprise_id", "enterprise_name", "slug", "role", "reach", "team", "store_ids", "zone", "language",
    "currency", "clock",
)  # fmt: skip
_MEMBERSHIPS = Statement(f"SELECT {', '.join(_MEMBERSHIP)} FROM core_memberships($1)")


def enterprises_of(account_id: UUID) -> list[Membership]:
    """The enterprises that an account works for, by name."""
    rows = _rows(_MEMBERSHIPS, _MEMBERSHIP, account_id)
    return [Membership(row["enterprise_id"], row["enterprise_name"], row["slug"], row) for row in rows]


def for_staff(account_id: UUID, enterprise_id: UUID | None = None, *, request_id: str = "") -> Viewer:
    """The viewer of an account in one of its enterprises (the first, where none is named).

    Raises:
        NotFound: The account does not work there.
    """
    return for_member(enterprises_of(account_id), enterprise_id, request_id=request_id)


def for_member(
    places: Iterable[Membership], enterprise_id: UUID | None = None, *, request_id: str = ""
) -> Viewer:
    """The viewer in one of the places where an account works (the first, where none is named).

    Raises:
        NotFound: The account does not work there.
    """
    for place in places:
        row = place.row
        if enterprise_id in (None, place.enterprise_id):
            return _desk(row, request_id, staff_id=row["staff_id"], role=Role(row["role"]), reach=Reach(row["reach"]),
                         team=row["team"], store_ids=tuple(row["store_ids"]))  # fmt: skip
    raise NotFound


_HOUSE = ("enterprise_id", "zone", "language", "currency", "clock")
_OPENED = ("subject_id", "scopes", *_HOUSE)
_KEY = Statement(f"""
SELECT opened.subject_id, opened.scopes, {", ".join(f"house.{name}" for name in _HOUSE)}
  FROM core_open('api-key', $1::bytea) AS opened JOIN core_enterprises() AS house USING (enterprise_id)
""")
_ENTERPRISE = Statement(f"SELECT {', '.join(_HOUSE)} FROM core_enterprises() WHERE enterprise_id = $1")


def for_key(text: str, *, request_id: str = "") -> Viewer | None:
    """The viewer of an API key: an owner's sight, limited to the key's scopes; None where the key opens nothing."""
    for row in _rows(_KEY, _OPENED, secrets.hashed(text)):
        staff_id = row["subject_id"]
        return _desk(
            row, request_id, role=Role.OWNER, scopes=frozenset(row["scopes"]), staff_id=staff_id,
            process="" if staff_id else "api",
        )  # fmt: skip
    return None


def for_person(account_id: UUID, *, zone: str = "UTC", language: str = "en", request_id: str = "") -> Viewer:
    """The viewer of an individual at the front door."""
    return Viewer(None, datetime.now(UTC), person_id=account_id, zone=zone or "UTC", language=language or "en",
                  request_id=request_id)  # fmt: skip


def for_process(enterprise_id: UUID, process: str, *, request_id: str = "") -> Viewer:
    """The viewer of a process that acts for an enterprise: sees all of it, and is named in the audit.

    Raises:
        NotFound: There is no such enterprise.
    """
    return _desk(_enterprise(enterprise_id), request_id, role=Role.OWNER, process=process)


def enterprise_ids() -> list[UUID]:
    """Every enterprise of the installation, for processes that serve them one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT enterprise_id FROM core_enterprises()")
        return [row[0] for row in cursor.fetchall()]


def _desk(row: Mapping[str, Any], request_id: str, **facts: Any) -> Viewer:
    return Viewer(
        row["enterprise_id"],
        row["clock"] or datetime.now(UTC),
        zone=row["zone"],
        language=row["language"],
        currency=row["currency"],
        request_id=request_id,
        **facts,
    )


def _enterprise(enterprise_id: UUID) -> dict[str, Any]:
    rows = _rows(_ENTERPRISE, _HOUSE, enterprise_id)
    if not rows:
        raise NotFound
    return rows[0]


def _rows(statement: Statement, names: Iterable[str], value: UUID | bytes) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in line.say(statement, value).rows]
