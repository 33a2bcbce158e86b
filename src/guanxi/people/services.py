"""Writes of people: making and changing customers, their identifiers, custom fields and relations.

Merging is in `unions`, resolving identifiers of events in `resolving`: callers reach both through here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from guanxi.core import events, sealing, secrets, viewers
from guanxi.core.errors import DomainError, Invalid, NotAllowed, NotFound
from guanxi.core.identity import new_id
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Statement
from guanxi.core.viewer import Viewer
from guanxi.people import customfields, queries, records
from guanxi.people import identifiers as spelling
from guanxi.people.erasing import erase, erase_own
from guanxi.people.identifiers import Identifier as Spelt
from guanxi.people.models import Customer, CustomField, FieldType, Identifier, Kind
from guanxi.people.records import Draft
from guanxi.people.resolving import resolve_batch
from guanxi.people.unions import accept, accept_above, merge, propose, reject, reopen, undo

__all__ = [
    "Change", "Taken", "accept", "accept_above", "add_identifier", "archive_field", "claim", "create",
    "define_field", "erase", "erase_own",
    "merge", "propose", "reject", "remove_identifier", "reopen", "resolve_batch", "undo", "update",
]  # fmt: skip


class Taken(DomainError):
    """An identifier or source key points at another customer already."""

    code = "people.taken"
    summary = _("This {kind} belongs to another customer already.")
    help = _("Open that customer; if both are one, merge them.")


class BadIdentifier(Invalid):
    """A text that is no identifier."""

    code = "people.bad_identifier"
    summary = _("“{given}” is no {kind}: {reason}.")


class NameMissing(Invalid):
    """A customer needs something by which it can be told apart."""

    code = "people.name_missing"
    summary = _("Give a name, a label, a source key or an identifier.")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be said of a customer; a field left at None stays as it is, "" takes it away."""

    kind: str | None = None
    name: str | None = None
    label: str | None = None
    source_key: str | None = None
    home_store_id: UUID | str | None = None
    owner_id: UUID | str | None = None
    fields: Mapping[str, Any] | None = None


@transaction.atomic
def create(
    *,
    viewer: Viewer,
    change: Change,
    identifiers: Sequence[tuple[str, Any]] = (),
    source: str = "staff",
    happened_at: datetime | None = None,
    simulated: bool = False,
) -> UUID:
    """Make a customer record.

    Raises:
        Taken: An identifier points at somebody already; `customer_id` says at whom.
        BadIdentifier, NameMissing, customfields.BadField: The input is at fault.
    """
    viewer.require("customers.write")
    spelt = _spelt(viewer, identifiers)
    draft = _draft(viewer, change, spelt, source, happened_at or viewer.now, simulated)
    holder = line.say(_HOLDER, viewer.tenant, draft.source_key) if draft.source_key else None
    try:
        written = records.send(viewer.tenant, [draft], source=source, now=viewer.now)
        events.emit("customer.created", customer_id=draft.id, payload={"kind": draft.kind, "source": source})
    except IntegrityError:
        # All went off in one breath: who held the source key was answered before the table refused it.
        if holder is not None and holder.rows:
            _refuse_held(holder.rows[0][0])
        raise
    # The event is undone with the rest.
    if taken := written.taken:
        _refuse_taken(viewer, next(one for one in spelt if (one.kind, _digest(viewer, one)) in taken))
    return draft.id


def _draft(
    viewer: Viewer,
    change: Change,
    spelt: Sequence[Spelt],
    source: str,
    happened_at: datetime,
    simulated: bool,
) -> Draft:
    if not (change.name or change.label or change.source_key or spelt):
        raise NameMissing(field="name")
    plain, private = _custom(viewer, change.fields or {})
    key = change.source_key.strip() if change.source_key else None
    if key:
        key = _spelt(viewer, [(spelling.Kind.SOURCE_KEY, key)])[0].value
    draft = Draft(
        kind=_kind(change.kind or Kind.PERSON),
        name=_text(change.name, "name"),
        label=_text(change.label, "label") or "",
        source_key=key,
        identifiers=spelt,
        fields={name: value for name, value in plain.items() if value is not None},
        private_fields={name: value for name, value in private.items() if value is not None},
        home_store_id=_uuid(change.home_store_id),
        owner_id=_uuid(change.owner_id),
        simulated=simulated,
    )
    said = [name for name in ("name", "label", "home_store_id") if getattr(draft, name)]
    draft.sources = records.source_of([*said, *plain, *private], source, happened_at, viewer.now)
    return draft


_HOLDER = Statement("SELECT id FROM people_customer WHERE enterprise_id = $1::uuid AND source_key = $2")


def _refuse_held(customer_id: UUID) -> None:
    raise Taken(
        field="source_key",
        kind=str(spelling.LABELS[spelling.Kind.SOURCE_KEY]),
        customer_id=str(customer_id),
    )


@transaction.atomic
def update(
    *,
    viewer: Viewer,
    customer_id: UUID,
    change: Change,
    source: str = "staff",
    happened_at: datetime | None = None,
) -> bool:
    """Say something new of a customer; gives whether anything changed. An old id changes the whole it belongs to.

    Raises:
        NotFound: There is no such customer, or the viewer may not see it.
    """
    viewer.require("customers.write")
    root_id, _records = queries.whole_rows_for(viewer, customer_id)
    row = Customer.objects.select_for_update().defer("grams").get(pk=root_id)
    key = sealing.keys_for(viewer.tenant, [row.pk], create=True)[row.pk]
    name = sealing.decrypt(key, row.name) if row.name else None
    changed = _apply_plain(row, change)
    if change.name is not None and (change.name.strip() or None) != name:
        name = _text(change.name, "name")
        row.name = sealing.encrypt(key, name) if name else None
        changed.append("name")
    changed += _apply_custom(viewer, row, change.fields or {}, key)
    if not changed:
        return False
    if {"name", "label"} & set(changed):
        row.grams = records.grams(viewer.tenant, name, row.label)
    row.identified = row.identified or bool(name)
    row.sources = row.sources | records.source_of(changed, source, happened_at or viewer.now, viewer.now)
    row.save()
    events.emit("customer.updated", customer_id=row.pk, payload={"fields": sorted(changed), "source": source})
    return True


def _apply_plain(row: Customer, change: Change) -> list[str]:
    changed = []
    given: dict[str, Any] = {"kind": change.kind and _kind(change.kind), "label": change.label}
    for name in ("home_store_id", "owner_id"):
        value = getattr(change, name)
        if value is not None and _uuid(value) != getattr(row, name):
            setattr(row, name, _uuid(value))
            changed.append(name.removesuffix("_id"))
    for name, value in given.items():
        if value is not None and value.strip() != getattr(row, name):
            setattr(row, name, _text(value, name) or "")
            changed.append(name)
    return changed


def _apply_custom(viewer: Viewer, row: Customer, given: Mapping[str, Any], key: bytes) -> list[str]:
    if not given:
        return []
    plain, private = _custom(viewer, given)
    former: dict[str, Any] = (
        json.loads(sealing.decrypt(key, row.private_fields)) if row.private_fields else {}
    )
    changed = [name for name, value in plain.items() if row.fields.get(name) != value]
    changed += [name for name, value in private.items() if former.get(name) != value]
    row.fields = {name: value for name, value in (row.fields | plain).items() if value is not None}
    kept = {name: value for name, value in (former | private).items() if value is not None}
    row.private_fields = sealing.encrypt(key, json.dumps(kept, ensure_ascii=False)) if kept else None
    return changed


@transaction.atomic
def add_identifier(
    *, viewer: Viewer, customer_id: UUID, kind: str, value: str, source: str = "staff", verified: bool = False
) -> UUID:
    """Let one more identifier point at a customer.

    Raises:
        Taken: It points at another customer.
        BadIdentifier: It is none.
    """
    viewer.require("customers.write")
    root_id, known_ids = queries.whole_rows_for(viewer, customer_id)
    spelt = _spelt(viewer, [(kind, value)], strict=True)[0]
    keys = sealing.keys_for(viewer.tenant, [root_id], create=True)
    taken = records.write_identifiers(viewer.tenant, [(root_id, spelt)], keys, source=source, now=viewer.now)
    row = Identifier.objects.filter(
        enterprise_id=viewer.tenant, kind=spelt.kind, digest=_digest(viewer, spelt)
    ).get()
    if taken and row.customer_id not in known_ids:
        _refuse_taken(viewer, spelt)
    if verified and row.verified_at is None:
        Identifier.objects.filter(pk=row.pk).update(verified_at=viewer.now)
    if not taken:
        Customer.objects.filter(pk=root_id, identified=False).update(identified=not spelt.weak)
        events.emit(
            "customer.identifier_added", customer_id=root_id, payload={"kind": spelt.kind, "source": source}
        )
    return row.pk


@transaction.atomic
def remove_identifier(*, viewer: Viewer, customer_id: UUID, identifier_id: UUID) -> None:
    """Let an identifier point at nobody.

    Raises:
        NotFound: It is none of this customer.
    """
    viewer.require("customers.write")
    root_id, record_ids = queries.whole_rows_for(viewer, customer_id)
    row = Identifier.objects.filter(pk=identifier_id, customer_id__in=record_ids).first()
    if row is None:
        raise NotFound(field="identifier")
    row.delete()
    events.emit("customer.identifier_removed", customer_id=root_id, payload={"kind": row.kind})


@transaction.atomic
def define_field(
    *,
    viewer: Viewer,
    name: str,
    label: str,
    type: str = FieldType.TEXT,
    choices: Sequence[str] = (),
    private: bool = False,
) -> UUID:
    """Let the enterprise keep one more fact about its customers.

    Raises:
        customfields.UnknownField: The name is none.
    """
    viewer.require("settings.manage")
    if not customfields.NAME.match(name):
        raise Invalid(_("A field's name has small letters, digits and underscores."), field="name")
    if type not in FieldType.values or (type == FieldType.CHOICE and not choices):
        raise Invalid(_("Choose a type; a list needs its choices."), field="type")
    last = CustomField.objects.filter(enterprise_id=viewer.tenant).count()
    row, _made = CustomField.objects.update_or_create(
        enterprise_id=viewer.tenant,
        name=name,
        defaults={"label": label[:120], "archived_at": None},
        create_defaults={
            "id": new_id(), "label": label[:120], "type": type, "choices": list(choices), "private": private,
            "position": last,
        },
    )  # fmt: skip
    return row.pk


def archive_field(*, viewer: Viewer, name: str) -> bool:
    """Stop asking for a fact; what is known stays."""
    viewer.require("settings.manage")
    rows = CustomField.objects.filter(enterprise_id=viewer.tenant, name=name, archived_at=None)
    return bool(rows.update(archived_at=viewer.now))


def claim(
    *, viewer: Viewer, kind: str, value: str, proved_by: str, region: str = "CN"
) -> list[tuple[UUID, UUID]]:
    """Relate a person to every record that an identifier points at, which the caller has seen proved.

    Returns:
        Enterprise and record of each relation that is new.

    Raises:
        NotAllowed: The viewer is no person.
    """
    if viewer.person_id is None:
        raise NotAllowed
    spelt = spelling.normalise(kind, value, region=region)
    if not isinstance(spelt, Spelt):
        return []
    tenants = viewers.enterprise_ids()
    digests = [records.digest(tenant, spelt) for tenant in tenants]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM people_claim(%s::uuid[], %s::uuid[], %s::bytea[], %s, %s, %s)",
            [[new_id() for _each in tenants], tenants, digests, spelt.kind, proved_by, viewer.now],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


CODE_DAYS = 14


@transaction.atomic
def give_claim_code(*, viewer: Viewer, customer_id: UUID) -> str:
    """A code with which this customer proves at the front door that the records are theirs; good once, for two weeks.

    Staff hand it over where they have seen who it is: at the counter, printed on a receipt or a card.
    """
    viewer.require("customers.write")
    root_id, _records = queries.whole_rows_for(viewer, customer_id)
    drawn = secrets.short_code()
    secrets.issue("claim-code", enterprise_id=viewer.tenant, subject_id=root_id, text=drawn, days=CODE_DAYS)
    events.emit("customer.claim_code_given", customer_id=root_id)
    return f"{drawn[:5]}-{drawn[5:]}"


def claim_by_code(*, viewer: Viewer, code: str) -> list[tuple[UUID, UUID]]:
    """Relate a person to the record for which staff gave a code; empty where the code is wrong, used or too old.

    Raises:
        NotAllowed: The viewer is no person.
    """
    if viewer.person_id is None:
        raise NotAllowed
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM people_claim_code(%s, %s, %s)", [new_id(), secrets.hashed(plain), viewer.now]
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _custom(viewer: Viewer, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return customfields.parse_all(queries.definitions_for(viewer), given) if given else ({}, {})


def _spelt(viewer: Viewer, given: Sequence[tuple[str, Any]], *, strict: bool = False) -> list[Spelt]:
    if not given:
        return []
    needs_region = any(kind == spelling.Kind.PHONE for kind, _value in given)
    good, refused = spelling.normalise_all(given, region=queries.region_for(viewer) if needs_region else "CN")
    if refused:
        first = refused[0]
        raise BadIdentifier(field=first.kind, given=first.given, kind=_label(first.kind), reason=first.reason)
    if strict and not good:
        raise BadIdentifier(
            field=given[0][0], given="", kind=_label(given[0][0]), reason=str(spelling.REASONS["empty"])
        )
    return good


def _refuse_taken(viewer: Viewer, spelt: Spelt) -> None:
    row = (
        Identifier.objects.filter(enterprise_id=viewer.tenant, kind=spelt.kind, digest=_digest(viewer, spelt))
        .values_list("customer__root_id")
        .first()
    )
    raise Taken(field=spelt.kind, kind=_label(spelt.kind), customer_id=str(row[0]) if row else "")


def _label(kind: str) -> str:
    return str(spelling.LABELS.get(spelling.Kind(kind), kind)) if kind in set(spelling.Kind) else kind


def _digest(viewer: Viewer, spelt: Spelt) -> bytes:
    return records.digest(viewer.tenant, spelt)


def _kind(given: str) -> str:
    if given not in Kind.values:
        raise Invalid(_("A customer is a person or a firm."), field="kind")
    return given


def _text(given: str | None, name: str) -> str | None:
    text = " ".join(given.split()) if given else None
    if text and (len(text) > 200 or "\x00" in text):
        raise Invalid(_("At most 200 characters."), field=name)
    return text or None


def _uuid(given: UUID | str | None) -> UUID | None:
    if not given:
        return None
    return given if isinstance(given, UUID) else UUID(given)
