"""What rows of a file say of customers, spelt: pure work that needs no database and runs ahead of it.

A `Reader` knows what an enterprise's rows are read with (own fields, stores, region) and turns a row into a `Wish`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.core import queries as core_queries
from guanxi.core.identity import id_of
from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.people import customfields, queries, records
from guanxi.people import identifiers as spelling
from guanxi.people.identifiers import Identifier, Kind, Refused
from guanxi.people.naming import is_han

OWN = "fields."
IDENTIFIERS = (Kind.EMAIL.value, Kind.PHONE.value, Kind.CARD.value)
SOURCE_KEY = Kind.SOURCE_KEY.value
_PLAIN = ("kind", "label", "simulated")


@dataclass(slots=True)
class Wish:
    """What one row says, spelt.

    Attributes:
        made_id: The id that a new customer of this source key gets: the same file gives the same ids everywhere.
        digests: By what the identifiers are found.
        grams: By what the name is found, as PostgreSQL writes an array.
    """

    number: int
    source_key: str | None
    made_id: UUID | None
    identifiers: list[Identifier]
    digests: dict[Identifier, bytes]
    said: dict[str, Any]
    grams: str
    plain: dict[str, Any]
    private: dict[str, Any]
    known_since: datetime | None
    notes: list[str]
    match: tuple[str, ...]

    @property
    def keys(self) -> list[Identifier]:
        """All that the row can be found by."""
        if not self.source_key:
            return self.identifiers
        return [Identifier(SOURCE_KEY, self.source_key), *self.identifiers]

    def draft(self, id_: UUID, identifiers: Sequence[Identifier], origin: records.Origin) -> records.Draft:
        """The customer that this row becomes, with those of its identifiers that are free."""
        said = self.said
        return records.Draft(
            id=id_,
            kind=said.get("kind", "person"),
            name=said.get("name"),
            label=str(said.get("label", ""))[:200],
            source_key=self.source_key,
            identifiers=identifiers,
            fields=self.plain,
            private_fields=self.private,
            home_store_id=said.get("home_store_id"),
            simulated=bool(said.get("simulated", False)),
            sources=dict.fromkeys((*said, *self.plain, *self.private), origin),
            created_at=self.known_since,
            grams=self.grams,
        )


class Reader:
    """Rows to wishes: identifiers spelt, names composed, stores found, own fields typed."""

    def __init__(self, viewer: Viewer) -> None:
        self.tenant = viewer.tenant
        self.tenant_text = str(viewer.tenant)  # an id is made of it for each row
        self.region = queries.region_for(viewer)
        self.definitions = {OWN + one.name: one for one in queries.definitions_for(viewer)}
        stores = list(core_queries.stores_for(viewer))
        self.stores = {store.name.casefold(): store.pk for store in stores} | {
            store.code.casefold(): store.pk for store in stores
        }

    def wish(self, row: Row) -> Wish | Outcome:
        """What the row says, or why it can say nothing."""
        given, notes = row.values, list[str]()
        key = self._spelt(SOURCE_KEY, given.get("source_key"), notes)
        several = [self._spelt(kind, given.get(kind), notes) for kind in IDENTIFIERS]
        found = [one for one in several if one is not None]
        said = self._said(given, notes)
        if key is None and not found and "name" not in said and not said.get("label"):
            return Outcome(
                row.number, Action.REJECT, None, "; ".join(notes) or _("nothing tells this customer apart")
            )
        try:
            plain, private = self._own(given) if self.definitions else ({}, {})
        except customfields.BadField as error:
            return Outcome(row.number, Action.REJECT, None, str(error))
        return Wish(
            row.number,
            key.value if key else None,
            id_of(self.tenant_text, "customer", key.value) if key else None,
            found,
            {one: records.digest(self.tenant, one) for one in found},
            said,
            records.gram_text(self.tenant, said.get("name"), said.get("label")),
            plain,
            private,
            given.get("known_since"),
            notes,
            row.match,
        )

    def _spelt(self, kind: str, given: Any, notes: list[str]) -> Identifier | None:
        if given is None:
            return None
        found = spelling.normalise(kind, given, region=self.region)
        if isinstance(found, Refused):
            if found.code != "empty":
                label = spelling.LABELS[spelling.Kind(kind)]
                notes.append(_("{kind} not taken: {reason}").format(kind=label, reason=found.reason))
            return None
        return found

    def _said(self, given: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
        said = {name: given[name] for name in _PLAIN if given.get(name) is not None}
        name = composed(given)
        if name:
            said["name"] = name
        store = given.get("store")
        if store:
            store_id = self.stores.get(str(store).strip().casefold())
            if store_id is None:
                notes.append(_("there is no store “{store}”").format(store=str(store)[:60]))
            else:
                said["home_store_id"] = store_id
        return said

    def _own(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        plain: dict[str, Any] = {}
        private: dict[str, Any] = {}
        for name, definition in self.definitions.items():
            value = customfields.parse(definition, given.get(name)) if name in given else None
            if value is not None:
                (private if definition.private else plain)[definition.name] = value
        return plain, private


def composed(given: Mapping[str, Any]) -> str | None:
    """The name of a row: as it stands, or from family and given name in the order of their culture."""
    name = given.get("name")
    if name:
        return " ".join(str(name).split())[:200]
    family, given_name = (str(given.get(part) or "").strip() for part in ("family_name", "given_name"))
    if family and given_name and is_han(family[0]):
        return f"{family}{given_name}"[:200]
    return f"{given_name} {family}".strip()[:200] or None
