"""What an individual is shown of the other side: receipts, who read their records, aliases, standing."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanxi.consent import receipts, standing
from guanxi.consent.models import Alias, Arrival, Contact, Receipt, Report, Sender, Standing
from guanxi.consent.standing import Counts, Figure
from guanxi.core import sealing
from guanxi.core.errors import NotFound
from guanxi.core.viewer import Viewer

#: The shares of a standing, as both sides read them.
SHARES: Mapping[str, Any] = {
    "promises": _("Questions answered within a week"),
    "mending": _("Complaints mended within two weeks"),
    "pressure": _("Customers who were not pressed"),
    "asking": _("Asked for no more than was permitted"),
    "conduct": _("Contacts that nobody reported"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A receipt that can still be read: what it says, and the signed document."""

    id: UUID
    shown: receipts.Shown
    document: Mapping[str, Any]


def receipts_for(viewer: Viewer) -> QuerySet[Receipt]:
    """The receipts that a viewer may see: one's own at the front door, the enterprise's at the desk."""
    found = Receipt.objects.select_related("enterprise")
    return found if viewer.kind == "self" else found.filter(enterprise_id=viewer.tenant)


def opened(viewer: Viewer, rows: Iterable[Receipt]) -> list[Kept]:
    """Receipts in plain text; those of erased records are left out, nobody can read them any more."""
    rows = list(rows)
    kept: dict[UUID, dict[str, Any]] = {}
    by_enterprise: dict[UUID, list[Receipt]] = {}
    for row in rows:
        by_enterprise.setdefault(row.enterprise_id, []).append(row)
    for enterprise_id, theirs in by_enterprise.items():
        sealed = [(row.customer_id, row.document) for row in theirs]
        texts = sealing.reveal(
            viewer, sealed, fields=("consent_receipt.document",), enterprise_id=enterprise_id
        )
        kept |= {row.pk: json.loads(text) for row, text in zip(theirs, texts, strict=True) if text}
    return [Kept(row.pk, receipts.shown(kept[row.pk]), kept[row.pk]) for row in rows if row.pk in kept]


def receipt_for(viewer: Viewer, receipt_id: UUID) -> Kept:
    """One receipt.

    Raises:
        NotFound: There is none, or nobody can read it any more.
    """
    found = opened(viewer, receipts_for(viewer).filter(pk=receipt_id))
    if not found:
        raise NotFound(field="receipt")
    return found[0]


@dataclass(frozen=True, slots=True)
class Leak:
    """Somebody to whom an alias was never given wrote to it."""

    domain: str
    arrived_at: Any
    times: int


@dataclass(frozen=True, slots=True)
class Given:
    """An alias with what came in for it."""

    alias: Alias
    text: str
    delivered: int
    last_at: Any
    leaks: tuple[Leak, ...]


def aliases_for(viewer: Viewer, enterprise_id: UUID | None = None) -> list[Given]:
    """The aliases of an individual, newest first, each with whom it was given to and who else has it."""
    rows = (
        Alias.objects.filter(person_id=viewer.person_id)
        .select_related("enterprise")
        .order_by("-made_at", "-pk")
    )
    rows = rows.filter(enterprise_id=enterprise_id) if enterprise_id else rows
    arrivals: dict[UUID, list[Arrival]] = {}
    for arrival in Arrival.objects.filter(alias__in=[row.pk for row in rows]).order_by("-arrived_at"):
        arrivals.setdefault(arrival.alias_id, []).append(arrival)
    return [
        _given(row, text, arrivals.get(row.pk, []))
        for row, text in zip(rows, _texts(viewer, rows), strict=True)
    ]


def _texts(viewer: Viewer, rows: Iterable[Alias]) -> list[str]:
    return [
        sealing.reveal(
            viewer, [(row.customer_id, row.value)], fields=("alias",), enterprise_id=row.enterprise_id
        )[0]
        or "••••"
        for row in rows
    ]


def _given(alias: Alias, text: str, arrivals: list[Arrival]) -> Given:
    passed = [one for one in arrivals if one.outcome == Arrival.Outcome.DELIVERED]
    leaks: dict[str, list[Arrival]] = {}
    for one in arrivals:
        if one.outcome == Arrival.Outcome.LEAK and one.domain not in alias.expected:
            leaks.setdefault(one.domain, []).append(one)
    named = tuple(Leak(domain, ones[0].arrived_at, len(ones)) for domain, ones in leaks.items())
    return Given(alias, text, len(passed), arrivals[0].arrived_at if arrivals else None, named)


def reported_of(viewer: Viewer) -> set[UUID]:
    """The contacts that an individual has reported."""
    rows = Report.objects.filter(person_id=viewer.person_id, contact__isnull=False)
    return set(rows.values_list("contact_id", flat=True))


def contact_for(viewer: Viewer, contact_id: UUID) -> Contact:
    """One contact of an individual.

    Raises:
        NotFound: It is none of theirs.
    """
    contact = Contact.objects.select_related("enterprise").filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(field="contact")
    return contact


def standings_of(enterprise_ids: Collection[UUID]) -> dict[UUID, Figure]:
    """The standing of enterprises, by the newest count of each; no figure where nothing was counted yet."""
    rows = Standing.objects.filter(enterprise_id__in=list(enterprise_ids)).order_by("enterprise_id", "-day")
    counted = {row.enterprise_id: standing.standing(_counts(row)) for row in rows.distinct("enterprise_id")}
    return {id_: counted.get(id_) or standing.standing(Counts()) for id_ in enterprise_ids}


def shares_of(figure: Figure) -> list[tuple[Any, standing.Share]]:
    """The shares of a standing, each with its words."""
    return [(SHARES[share.name], share) for share in figure.shares]


def counts_for(viewer: Viewer) -> Counts:
    """What the viewer's own enterprise's standing is computed from."""
    row = Standing.objects.filter(enterprise_id=viewer.tenant).order_by("-day").first()
    return _counts(row) if row else Counts()


def surcharge_of(viewer: Viewer) -> Decimal:
    """What reports add to the price of a contact of the viewer's enterprise; the tariff reads it."""
    return standing.surcharge(counts_for(viewer))


def senders_for(viewer: Viewer) -> list[Sender]:
    """The domains from which the viewer's enterprise writes."""
    return list(Sender.objects.filter(enterprise_id=viewer.tenant).order_by("domain"))


def _counts(row: Standing) -> Counts:
    return Counts(**{field.name: getattr(row, field.name) for field in fields(Counts)})
