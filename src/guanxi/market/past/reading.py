"""What the measuring of past campaigns reads: purchases from the lake, everything else from the tables, as arrays.

Loaded by the analysing process alone. Customers are whole (roots), numbered in the order of their ids.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import ibis
import numpy as np
import numpy.typing as npt
from django.db import connection

from guanxi.core.viewer import Viewer
from guanxi.market.models import PastCampaign
from guanxi.mining.features import consumption as features
from guanxi.mining.performing import EPOCH, Tables

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Campaign:
    """A past campaign: its days (since 1970, the last one included) and whom it addressed.

    `addressed_in_all` counts also those who never bought anything and cannot be compared.
    """

    id: UUID
    name: str
    kind: str
    start: int
    end: int
    addressed: Flags
    addressed_in_all: int


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Everything but the purchases.

    Attributes:
        number: The place of each whole that ever bought.
        first: Day of the first purchase.
        known: 1 where something is known besides purchases.
        redeemed: Customer and day of each coupon redeemed.
        opens, closes: First day of purchases, and the day after the last.
    """

    number: Mapping[str, int]
    first: Whole
    known: Numbers
    redeemed: tuple[Whole, Whole]
    campaigns: tuple[Campaign, ...]
    opens: int
    closes: int


@dataclass(frozen=True, slots=True, eq=False)
class Bought:
    """Purchases of a span, one row a customer and day; money in minor units."""

    who: Whole
    day: Whole
    spent: Numbers
    saved: Numbers
    orders: Numbers


def past(viewer: Viewer, source: Tables, bought: Any) -> Past:
    """The base, the campaigns, and who was addressed; inside a tenancy."""
    found = source.engine.collect(
        bought.group_by("root_id").aggregate(first=bought.day.min(), last=bought.day.max())
    )
    found = found.sort_by("root_id")
    number = {root: at for at, root in enumerate(found["root_id"].to_pylist())}
    first, last = (found[name].to_numpy().astype(np.int64) for name in ("first", "last"))
    return Past(
        number, first, _known(viewer, number), _redeemed(viewer, number), tuple(_campaigns(viewer, number)),
        int(first.min()) if len(first) else 0, int(last.max()) + 1 if len(last) else 0,
    )  # fmt: skip


def counted(source: Tables, as_of: int) -> Any:
    """Purchases that count, each with the whole its customer belongs to."""
    return features.purchases(source.orders, source.customers, features.Scope(as_of))


def purchases(source: Tables, bought: Any, past: Past, first: int, end: int) -> Bought:
    """Purchases from a day to before another."""
    rows = bought.filter(bought.day >= first, bought.day < end)
    days = rows.group_by(["root_id", "day"]).aggregate(
        spent=rows.total.sum().cast("float64"), saved=rows.discount.sum().cast("float64"), orders=rows.count()
    )
    table = source.engine.collect(days)
    who = np.array([past.number[root] for root in table["root_id"].to_pylist()], dtype=np.int64)
    spent, saved, orders = (
        table[name].to_numpy().astype(np.float64) for name in ("spent", "saved", "orders")
    )
    return Bought(who, table["day"].to_numpy().astype(np.int64), spent, saved, orders)


def on_its_products(
    viewer: Viewer, source: Tables, past: Past, campaign: Campaign, first: int, end: int
) -> tuple[Whole, Whole, Numbers]:
    """Customer, day and amount of what was bought of the products that a campaign's coupons were good for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT product_id::text FROM market_pastcoupon WHERE enterprise_id = %s AND campaign_id = %s",
            [viewer.tenant, campaign.id],
        )
        products = [row[0] for row in cursor.fetchall()]
    if not products:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    lines = source.lines.filter(
        source.lines.day >= first, source.lines.day < end, source.lines.customer_id.notnull()
    )
    lines = lines.semi_join(ibis.memtable({"product_id": products}), "product_id")
    lines = lines.inner_join(source.customers.select("customer_id", "root_id"), "customer_id")
    table = source.engine.collect(
        lines.group_by(["root_id", "day"]).aggregate(amount=lines.amount.sum().cast("float64"))
    )
    inside = [past.number.get(root, -1) for root in table["root_id"].to_pylist()]
    who = np.array(inside, dtype=np.int64)
    day, amount = table["day"].to_numpy().astype(np.int64), table["amount"].to_numpy().astype(np.float64)
    return who[who >= 0], day[who >= 0], amount[who >= 0]


def _campaigns(viewer: Viewer, number: Mapping[str, int]) -> Iterator[Campaign]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.campaign_id, c.root_id::text FROM market_addressee AS a JOIN people_customer AS c "
            "ON c.enterprise_id = a.enterprise_id AND c.id = a.customer_id WHERE a.enterprise_id = %s GROUP BY 1, 2",
            [viewer.tenant],
        )
        reached: dict[UUID, list[str]] = {}
        for campaign_id, root in cursor.fetchall():
            reached.setdefault(campaign_id, []).append(root)
    for row in PastCampaign.objects.filter(enterprise_id=viewer.tenant).order_by("starts_on", "source_key"):
        roots = reached.get(row.pk, [])
        addressed = np.zeros(len(number), dtype=bool)
        addressed[[number[root] for root in roots if root in number]] = True
        start, end = ((day - EPOCH).days for day in (row.starts_on, row.ends_on))
        yield Campaign(row.pk, row.name, row.kind, start, end, addressed, len(roots))


def _known(viewer: Viewer, number: Mapping[str, int]) -> Numbers:
    known = np.zeros(len(number))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT root_id::text FROM people_customer WHERE enterprise_id = %s AND fields <> '{}'::jsonb",
            [viewer.tenant],
        )
        known[[number[root] for (root,) in cursor.fetchall() if root in number]] = 1.0
    return known


def _redeemed(viewer: Viewer, number: Mapping[str, int]) -> tuple[Whole, Whole]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.root_id::text, (r.redeemed_at AT TIME ZONE %s)::date - '1970-01-01'::date "
            "FROM sales_redemption AS r JOIN people_customer AS c "
            "ON c.enterprise_id = r.enterprise_id AND c.id = r.customer_id WHERE r.enterprise_id = %s",
            [viewer.zone, viewer.tenant],
        )
        rows = [(number[root], day) for root, day in cursor.fetchall() if root in number]
    who, day = zip(*rows, strict=True) if rows else ((), ())
    return np.array(who, dtype=np.int64), np.array(day, dtype=np.int64)
