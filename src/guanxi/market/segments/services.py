"""Writes of segments and lists: verbs, each in one transaction."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import DomainError, Invalid, NotFound
from guanxi.core.identity import new_id
from guanxi.core.viewer import Viewer
from guanxi.market.models import CustomerList, Membership, Segment, Standing
from guanxi.market.segments import definitions, marking, queries, vocabulary
from guanxi.market.segments.definitions import Defined

LONGEST_LIST = 50_000


class NameTaken(DomainError):
    """Another segment or list has this name."""

    code = "segment.name_taken"
    summary = _("There is a “{name}” already.")
    help = _("Choose another name.")


class InUse(DomainError):
    """Other segments name it."""

    code = "segment.in_use"
    summary = _("{users} name this segment.")
    help = _("Change these first: without it they would mean something else.")


class NameMissing(Invalid):
    """A segment is called by its name."""

    code = "segment.name_missing"
    summary = _("Give it a name.")


@transaction.atomic
def create(*, viewer: Viewer, name: str, condition: str, note: str = "") -> Segment:
    """Define a segment; who is in it is counted at once by the worker.

    Raises:
        ConditionError: What is wrong with the condition, and where.
        NameTaken, NameMissing, Circle: See there.
    """
    viewer.require("segments.write")
    named = _name(viewer, name)
    _checked(viewer, named, condition)
    segment = Segment.objects.create(
        id=new_id(),
        enterprise_id=viewer.tenant,
        name=named,
        note=note.strip()[:500],
        condition=condition.strip(),
        created_by_id=viewer.staff_id,
    )
    _wake(viewer)
    return segment


@transaction.atomic
def change(
    *,
    viewer: Viewer,
    segment_id: UUID,
    name: str | None = None,
    condition: str | None = None,
    note: str | None = None,
) -> Segment:
    """Change what a segment is called or says; the former definition stays in its history.

    Raises:
        InUse: Others name it, and its name would change.
    """
    viewer.require("segments.write")
    segment = queries.segment_for(viewer, segment_id)
    if name is not None and name.strip() != segment.name:
        _refuse_used(viewer, segment)
        segment.name = _name(viewer, name)
    if note is not None:
        segment.note = note.strip()[:500]
    anew = condition is not None and condition.strip() != segment.condition
    if condition is not None and anew:
        _checked(viewer, segment.name, condition, former=segment)
        segment.condition = condition.strip()
        # It is counted anew by the worker; until then its members are those of before.
        Standing.objects.filter(pk=segment.pk).delete()
    segment.save()
    if anew:
        _wake(viewer)
    return segment


@transaction.atomic
def retire(*, viewer: Viewer, segment_id: UUID) -> None:
    """Put a segment out of use: nobody is in it any more; definition and history stay.

    Raises:
        InUse: Other segments name it.
    """
    viewer.require("segments.write")
    segment = queries.segment_for(viewer, segment_id)
    _refuse_used(viewer, segment)
    Segment.objects.filter(pk=segment.pk, retired_at=None).update(retired_at=viewer.now)
    _forget(segment)


@transaction.atomic
def restore(*, viewer: Viewer, segment_id: UUID) -> None:
    """Take a retired segment into use again."""
    viewer.require("segments.write")
    segment = queries.segment_for(viewer, segment_id)
    _checked(viewer, segment.name, segment.condition, former=segment)
    Segment.objects.filter(pk=segment.pk).update(retired_at=None)
    _wake(viewer)


@transaction.atomic
def snapshot(*, viewer: Viewer, segment_id: UUID, name: str = "") -> CustomerList:
    """Freeze who is in a segment now as a list."""
    viewer.require("segments.write")
    segment = queries.segment_for(viewer, segment_id)
    named = name.strip() or f"{segment.name} {viewer.now.astimezone(viewer.timezone):%Y-%m-%d %H:%M}"
    made = _new_list(viewer, named, segment_id=segment.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO market_listentry (enterprise_id, list_id, customer_id, added_at) "
            "SELECT enterprise_id, %s, customer_id, %s FROM market_membership "
            "WHERE enterprise_id = %s AND segment_id = %s",
            [made.pk, viewer.now, viewer.tenant, segment.pk],
        )
    return made


@transaction.atomic
def create_list(*, viewer: Viewer, name: str, keys: str = "") -> tuple[CustomerList, list[str]]:
    """Put customers together by hand: ids, source keys, e-mails, phones, one a line; gives back those nobody has."""
    viewer.require("segments.write")
    wanted = list(dict.fromkeys(key.strip() for key in keys.splitlines() if key.strip()))
    if len(wanted) > LONGEST_LIST:
        raise Invalid(_("At most 50,000 lines at once."), field="keys")
    made = _new_list(viewer, name)
    found = queries.customers_by_key(viewer, wanted)
    add_to_list(viewer=viewer, list_id=made.pk, customer_ids=list(found.values()))
    return made, [key for key in wanted if key not in found]


@transaction.atomic
def add_to_list(*, viewer: Viewer, list_id: UUID, customer_ids: Collection[UUID]) -> int:
    """Put customers on a list; how many were not on it before.

    Raises:
        NotFound: There is no such list.
    """
    viewer.require("segments.write")
    if not CustomerList.objects.filter(enterprise_id=viewer.tenant, pk=list_id).exists():
        raise NotFound(field="list")
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH added AS (INSERT INTO market_listentry (enterprise_id, list_id, customer_id, added_at) "
            "SELECT %(tenant)s, %(list)s, id, %(now)s FROM unnest(%(ids)s::uuid[]) AS each (id) "
            "ON CONFLICT DO NOTHING RETURNING customer_id) "
            "INSERT INTO market_mark (enterprise_id, customer_id, kind) SELECT %(tenant)s, customer_id, '' FROM added",
            {"tenant": viewer.tenant, "list": list_id, "now": viewer.now, "ids": list(customer_ids)},
        )
        count = int(cursor.rowcount)
    _wake(viewer)
    return count


def _new_list(viewer: Viewer, name: str, segment_id: UUID | None = None) -> CustomerList:
    named = " ".join(name.split())[:100]
    if not named:
        raise NameMissing(field="name")
    if CustomerList.objects.filter(enterprise_id=viewer.tenant, name=named).exists():
        raise NameTaken(field="name", name=named)
    return CustomerList.objects.create(
        id=new_id(),
        enterprise_id=viewer.tenant,
        name=named,
        segment_id=segment_id,
        created_by_id=viewer.staff_id,
        created_at=viewer.now,
    )


def _name(viewer: Viewer, name: str) -> str:
    named = " ".join(name.split())[:100]
    if not named:
        raise NameMissing(field="name")
    if Segment.objects.filter(enterprise_id=viewer.tenant, name=named).exists():
        raise NameTaken(field="name", name=named)
    return named


def _checked(viewer: Viewer, name: str, text: str, former: Segment | None = None) -> None:
    """Refuse a condition that cannot be parsed, whose time cannot be told, or that names itself by a detour."""
    names = vocabulary.names_for(viewer)
    condition = vocabulary.parse(viewer, text.strip(), names)
    definitions.rendered(viewer, condition, names)
    new = Defined(former.pk if former else new_id(), name, text, condition)
    others = [one for one in definitions.defined_for(viewer, names) if former is None or one.id != former.pk]
    definitions.ordered([*others, new])


def _refuse_used(viewer: Viewer, segment: Segment) -> None:
    users = queries.users_of(viewer, segment)
    if users:
        raise InUse(users=", ".join(users))


def _forget(segment: Segment) -> None:
    Membership.objects.filter(enterprise_id=segment.enterprise_id, segment_id=segment.pk).delete()
    Standing.objects.filter(pk=segment.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM market_due WHERE enterprise_id = %s AND segment_id = %s",
            [segment.enterprise_id, segment.pk],
        )


def _wake(viewer: Viewer) -> None:
    """Have the worker look, when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [marking.CHANNEL, str(viewer.tenant)])
