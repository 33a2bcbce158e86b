"""How customers buy, as one row for each whole that ever bought. Whole numbers only: engines agree on them
to the last.

A day with several purchases counts once where rhythm is concerned (buy-till-you-die models see days). Rows
are taken up to `as_of`, exclusive; for a past `as_of` also `known`, the moment before which they must have
been recorded.
"""

from dataclasses import dataclass
from typing import Any

import ibis
from ibis import _

COUNTED = ("placed", "completed", "refunded")
RECENT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Scope:
    """Which purchases are looked at: before this day, and known before this moment (microseconds; None:
    all)."""

    as_of: int
    known: int | None = None


def purchases(orders: Any, customers: Any, scope: Scope) -> Any:
    """Orders that count, each with the whole its customer belongs to."""
    known = orders.filter(_.state.isin(COUNTED), _.day < scope.as_of, _.customer_id.notnull())
    if scope.known is not None:
        known = known.filter(_.recorded < scope.known)
    known = known.select("customer_id", "day", "month", "total", "discount", "refunded", "cost", "lines")
    return known.inner_join(customers.select("customer_id", "root_id"), "customer_id").drop("customer_id")


def totals(bought: Any, scope: Scope) -> Any:
    """Sums of each customer: orders, money in minor units, what is known of cost, the last ninety days."""
    costed = bought.cost.notnull()
    recent = bought.day >= scope.as_of - RECENT_DAYS
    return bought.group_by("root_id").aggregate(
        orders=bought.count(),
        first=bought.day.min(),
        last=bought.day.max(),
        spent=bought.total.sum().cast("int64"),
        refunded=bought.refunded.sum().cast("int64"),
        discount=bought.discount.sum().cast("int64"),
        lines=bought.lines.sum().cast("int64"),
        costed=ibis.ifelse(costed, bought.total - bought.refunded, 0).sum().cast("int64"),
        cost=ibis.ifelse(costed, bought.cost, 0).sum().cast("int64"),
        recent=ibis.ifelse(recent, 1, 0).sum().cast("int64"),
    )


def rhythm(bought: Any) -> Any:
    """Days of purchase of each customer, the squares of the gaps between them, and the last two gaps."""
    days = bought.select("root_id", "day").distinct()
    # One window, so that the days are sorted once.
    in_order = ibis.window(group_by="root_id", order_by="day")
    former = days.day.lag().over(in_order)
    gaps = days.mutate(
        gap=(days.day - former).cast("int64"),
        before=(former - days.day.lag(2).over(in_order)).cast("int64"),
        after=days.day.lead().over(in_order),
    )
    last = gaps.after.isnull()
    return gaps.group_by("root_id").aggregate(
        days=gaps.count(),
        squares=(gaps.gap * gaps.gap).sum().cast("int64"),
        gap_last=ibis.ifelse(last, gaps.gap, ibis.null("int64")).max(),
        gap_before=ibis.ifelse(last, gaps.before, ibis.null("int64")).max(),
    )


def roots(customers: Any) -> Any:
    """Every whole with a number, by which grouping is several times as fast as by its id."""
    known = customers.select("root_id").distinct()
    return known.mutate(root=ibis.row_number().over(ibis.window(order_by="root_id")).cast("int64"))


def numbered(customers: Any, whole: Any) -> Any:
    """Records with the number of their whole in place of its id."""
    known = customers.select("customer_id", "root_id").inner_join(whole, "root_id")
    return known.select("customer_id", root_id="root")


def named(rows: Any, whole: Any) -> Any:
    """Rows by number with the id of the whole again."""
    return rows.rename(root="root_id").inner_join(whole, "root").drop("root")


def consumption(bought: Any, scope: Scope) -> Any:
    """The row of each customer: totals and rhythm."""
    whole = totals(bought, scope).inner_join(rhythm(bought), "root_id")
    return whole.mutate(kept=_.spent - _.refunded)


def favourites(lines: Any, products: Any, customers: Any, scope: Scope) -> Any:
    """The department on which each customer spends most, and on how many they spend (ties by name)."""
    known = lines.filter(_.day < scope.as_of, _.customer_id.notnull())
    if scope.known is not None:
        known = known.filter(_.recorded < scope.known)
    roots = customers.select("customer_id", "root_id")
    named = known.inner_join(roots, "customer_id").inner_join(
        products.select("product_id", "department"), "product_id"
    )
    spent = named.group_by(["root_id", "department"]).aggregate(amount=_.amount.sum().cast("int64"))
    best = ibis.window(group_by="root_id", order_by=[ibis.desc("amount"), "department"])
    ranked = spent.mutate(nth=ibis.row_number().over(best))
    return ranked.group_by("root_id").aggregate(
        departments=ranked.count(),
        amount=ranked.amount.sum().cast("int64"),
        best=ibis.ifelse(ranked.nth == 0, ranked.amount, 0).sum().cast("int64"),
        department=ibis.ifelse(ranked.nth == 0, ranked.department, ibis.null("string")).max(),
    )


def cohorts(bought: Any) -> Any:
    """How many of those who first bought in a month bought in each month after; months are year * 12 + month
    - 1."""
    seen = bought.select("root_id", "month").distinct()
    first = seen.group_by("root_id").aggregate(cohort=_.month.min())
    return (
        seen.inner_join(first, "root_id").group_by(["cohort", "month"]).aggregate(customers=_.count())
        .order_by(["cohort", "month"])
    )  # fmt: skip


def by_week(bought: Any, first_day: int) -> Any:
    """Purchases (days with a purchase) in each week from a day on."""
    days = bought.filter(_.day >= first_day).select("root_id", "day").distinct()
    return (
        days.group_by(week=((days.day - first_day) / 7).floor().cast("int32"))
        .aggregate(days=_.count())
        .order_by("week")
    )


def ahead(bought: Any, first_day: int) -> Any:
    """What each customer did from a day on: days with a purchase and money kept; the truth of a back-test."""
    later = bought.filter(_.day >= first_day)
    return later.group_by("root_id").aggregate(
        later_days=_.day.nunique(), later_kept=(_.total - _.refunded).sum().cast("int64")
    )
