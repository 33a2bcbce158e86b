"""Lists of customers: who fits, in which order, page by page, with names opened by one reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Window

from guanxi.core import arrays, paging, visibility
from guanxi.core.compiled import compiled
from guanxi.core.paging import Page
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Answer, Statement
from guanxi.core.viewer import Viewer
from guanxi.people import queries
from guanxi.people.merging import Tally
from guanxi.people.models import Profile

#: Orders of the list, by the name that stands in the address; the last field makes each order whole.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "-last_seen_at": ("-last_seen_at", "-customer_id"),
    "last_seen_at": ("last_seen_at", "customer_id"),
    "-spent": ("-spent", "-customer_id"),
    "spent": ("spent", "customer_id"),
    "-orders": ("-orders", "-customer_id"),
    "orders": ("orders", "customer_id"),
}
DEFAULT_ORDER = "-last_seen_at"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a list of customers is asked for. `visitors` are customers known by a device alone."""

    text: str = ""
    kind: str = ""
    store_id: UUID | None = None
    owner_id: UUID | None = None
    seen_after: datetime | None = None
    seen_before: datetime | None = None
    bought: bool | None = None
    visitors: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer as a list shows it."""

    id: UUID
    kind: str
    title: str
    named: bool
    simulated: bool
    identified: bool
    store_id: UUID | None
    owner_id: UUID | None
    created_at: datetime
    tally: Tally


def customers_for(
    viewer: Viewer,
    criteria: Criteria,
    *,
    found: queries.Found | None = None,
    within: Sequence[QuerySet[Any]] = (),
) -> QuerySet[Profile]:
    """The wholes that a viewer may see and that fit, as the profiles of their roots.

    Args:
        found: What `search` gave for `criteria.text`.
        within: Queries of customer ids to which the list is limited (scores, segments: packages above give them).
    """
    if criteria.text and found is None:
        found = queries.search(viewer, criteria.text)
    rows = _customers(viewer, criteria, list(found.ids) if found else None)
    for ids in within:
        rows = rows.filter(customer_id__in=ids)
    return rows.defer("customer__grams", "customer__private_fields", "customer__sources", "customer__fields")


def _customers(viewer: Viewer, criteria: Criteria, found_ids: list[UUID] | None) -> QuerySet[Profile]:
    rows = Profile.objects.filter(enterprise_id=viewer.tenant, is_root=True).select_related("customer")
    rows = visibility.visible(viewer, rows).filter(_fits(criteria))
    return rows if found_ids is None else rows.filter(customer_id__among=found_ids)


def _fits(criteria: Criteria) -> Q:
    wanted = Q()
    if criteria.kind:
        wanted &= Q(customer__kind=criteria.kind)
    if criteria.store_id:
        wanted &= Q(customer__home_store_id=criteria.store_id)
    if criteria.owner_id:
        wanted &= Q(customer__owner_id=criteria.owner_id)
    if criteria.seen_after:
        wanted &= Q(last_seen_at__gte=criteria.seen_after)
    if criteria.seen_before:
        wanted &= Q(last_seen_at__lt=criteria.seen_before)
    if criteria.bought is not None:
        wanted &= Q(orders__gt=0) if criteria.bought else Q(orders=0)
    if not criteria.visitors and not criteria.text:
        wanted &= Q(customer__identified=True)
    return wanted


def count_for(
    viewer: Viewer,
    criteria: Criteria,
    *,
    found: queries.Found | None = None,
    within: Sequence[QuerySet[Any]] = (),
) -> int:
    """How many customers there are, counted one by one."""
    if within:
        return customers_for(viewer, criteria, found=found, within=within).count()
    return _counted(viewer, criteria, list(found.ids) if found else None).first or 0


@compiled
def _counted(viewer: Viewer, criteria: Criteria, found_ids: list[UUID] | None) -> QuerySet[Profile, int]:
    rows = _customers(viewer, criteria, found_ids).order_by().values("is_root")
    return rows.annotate(customers=Count("pk")).values_list("customers", flat=True)


def page_for(
    viewer: Viewer,
    criteria: Criteria,
    *,
    found: queries.Found | None = None,
    within: Sequence[QuerySet[Any]] = (),
    order: str = DEFAULT_ORDER,
    cursor: str | None = None,
    size: int = 50,
) -> Page[Listed]:
    """One page of the customers of `customers_for`, with names opened; the first page of a search tells its total."""
    if criteria.text and found is None:
        found = queries.search(viewer, criteria.text)
    place = {"order": ORDERS.get(order, ORDERS[DEFAULT_ORDER]), "cursor": cursor, "size": size}
    total = None
    if within:
        rows = as_listed(customers_for(viewer, criteria, found=found, within=within))
        page = paging.page(rows, **place)  # type: ignore[arg-type]
    else:
        ids = list(found.ids) if found else None
        page = paging.page_of(_listed, viewer, criteria, ids, **place)  # type: ignore[arg-type]
        if found and not cursor:
            total = page.items[0].total if page.items else 0
    return Page(listed_for(viewer, page.items), page.next, page.previous, total)


_COUNTERS = (
    "events", "orders", "returns", "spent", "returned", "first_seen_at", "last_seen_at", "first_order_at",
    "last_order_at",
)  # fmt: skip
_LISTED = (
    "customer_id", *_COUNTERS, "customer__kind", "customer__name", "customer__label", "customer__source_key",
    "customer__simulated", "customer__identified", "customer__home_store_id", "customer__owner_id",
    "customer__created_at",
)  # fmt: skip


def as_listed(rows: QuerySet[Profile]) -> QuerySet[Any]:
    """The rows as `listed_for` reads them: tuples, because models of fifty rows cost as much as the rest of a page."""
    return rows.values_list(*_LISTED, named=True)


def _listed(viewer: Viewer, criteria: Criteria, found_ids: list[UUID] | None) -> QuerySet[Any]:
    rows = _customers(viewer, criteria, found_ids)
    if found_ids is None:
        return as_listed(rows)
    # A search looks at two hundred at most: counted on the way.
    return rows.annotate(total=Window(Count("*"))).values_list(*_LISTED, "total", named=True)


def listed_for(viewer: Viewer, rows: Sequence[Any]) -> list[Listed]:
    """Rows of `as_listed` with names opened."""
    others = line.say(_OTHERS, arrays.uuids(row.customer_id for row in rows))
    titles = queries.titles_of(
        viewer,
        [
            queries.Called(row.customer_id, row.customer__name, row.customer__label, row.customer__source_key)
            for row in rows
        ],
    )
    merged = _merged_tallies(others)
    listed = []
    for row in rows:
        tally = Tally(*row[1:10])
        title, named = titles[row.customer_id]
        listed.append(
            Listed(
                row.customer_id,
                row.customer__kind,
                title,
                named,
                row.customer__simulated,
                row.customer__identified,
                row.customer__home_store_id,
                row.customer__owner_id,
                row.customer__created_at,
                tally + merged[row.customer_id] if row.customer_id in merged else tally,
            )
        )
    return listed


_OTHERS = Statement(
    f"SELECT root_id, {', '.join(_COUNTERS)} FROM people_profile WHERE root_id = ANY($1::uuid[]) AND NOT is_root"
)


def _merged_tallies(others: Answer) -> dict[UUID, Tally]:
    """What the other records of these wholes add, for the few wholes that have any."""
    sums: dict[UUID, Tally] = {}
    for root_id, *counters in others.rows:
        sums[root_id] = sums.get(root_id, Tally()) + Tally(*counters)
    return sums
