"""Reads of offers: the list, one with its numbers, what a code is worth on a basket, what a customer has."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Replace, Upper

from guanxi.core import visibility
from guanxi.core.errors import NotFound
from guanxi.core.ledger import queries as ledger
from guanxi.core.ledger.models import AccountKind, Position
from guanxi.core.viewer import Viewer
from guanxi.market.discounts import ZERO
from guanxi.market.models import (
    CodeKind,
    Coupon,
    CouponUse,
    Offer,
    OfferRefusal,
    OfferState,
    Segment,
    UseState,
)
from guanxi.market.offers import codes, words
from guanxi.market.offers.words import Refusal
from guanxi.people import queries as people
from guanxi.people.models import Customer
from guanxi.sales.models import Redemption

STATES = OfferState.choices


def coupon_unit(offer_id: UUID) -> str:
    """The unit in which the uses of an offer's unique codes are counted."""
    return f"coupon:{offer_id}"


def uses_unit(offer_id: UUID) -> str:
    """The unit in which the uses of an offer in all are counted."""
    return f"uses:{offer_id}"


def budget_unit(offer_id: UUID) -> str:
    """The unit of an offer's budget: its money."""
    return f"budget:{offer_id}"


def offers_for(viewer: Viewer, *, text: str = "", state: str = "") -> QuerySet[Offer]:
    """The offers of the enterprise, narrowed by state and by a part of name, shared code or source key."""
    viewer.require("offers.read")
    rows = Offer.objects.filter(enterprise_id=viewer.tenant)
    if state:
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(shared_code=codes.read(text)) | Q(source_key__startswith=text)
        )
    return rows.select_related("segment")


def offer_for(viewer: Viewer, offer_id: UUID) -> Offer:
    """One offer.

    Raises:
        NotFound: The enterprise has none of this id.
    """
    offer = offers_for(viewer).filter(pk=offer_id).first()
    if offer is None:
        raise NotFound(field="offer_id")
    return offer


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a number of codes, uses or money: the parts add up to `whole`."""

    whole: Decimal = Decimal(0)
    open: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)
    expired: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How an offer does. `codes`, `uses` and `budget` are the ledger's; None where the offer has no such limit.

    Attributes:
        redeemed: Uses that stand.
        reserved: Uses that wait for their order.
        rolled_back: Uses that came back with the goods.
        discount: Money taken off by uses that stand, after what came back.
        turnover: The baskets of those uses.
        elsewhere: Redemptions of its codes that were brought in from outside.
        customers: How many different customers redeemed.
    """

    codes: Tally | None = None
    uses: Tally | None = None
    budget: Tally | None = None
    reserved: int = 0
    redeemed: int = 0
    rolled_back: int = 0
    lapsed: int = 0
    discount: Decimal = ZERO
    turnover: Decimal = ZERO
    customers: int = 0
    elsewhere: int = 0


def tallies_for(viewer: Viewer, units: Collection[str]) -> dict[str, Tally]:
    """What became of all that was issued in these units, from the ledger; what is over its time counts as expired."""
    over = Q(account__kind=AccountKind.AVAILABLE, lot__expires_at__lte=viewer.now)
    rows = (
        Position.objects.filter(enterprise_id=viewer.tenant, account__unit__in=units)
        .values("account__unit")
        .annotate(
            issued=Sum("amount", filter=Q(account__kind=AccountKind.SOURCE)),
            open=Sum("amount", filter=Q(account__kind=AccountKind.AVAILABLE) & ~over),
            reserved=Sum("amount", filter=Q(account__kind=AccountKind.RESERVED)),
            spent=Sum("amount", filter=Q(account__kind=AccountKind.SPENT)),
            expired=Sum("amount", filter=Q(account__kind=AccountKind.EXPIRED) | over),
        )
    )
    none = Decimal(0)
    return {
        row["account__unit"]: Tally(
            -(row["issued"] or none),
            *(row[name] or none for name in ("open", "reserved", "spent", "expired")),
        )
        for row in rows
    }


def numbers_for(viewer: Viewer, offers: Sequence[Offer]) -> dict[UUID, Numbers]:
    """How these offers do: three queries however many."""
    ids = [one.pk for one in offers]
    units = [unit(one) for one in ids for unit in (coupon_unit, uses_unit, budget_unit)]
    tallies = tallies_for(viewer, units)
    stands, waits = Q(state=UseState.REDEEMED), Q(state=UseState.RESERVED, until__gt=viewer.now)
    rows = (
        CouponUse.objects.filter(enterprise_id=viewer.tenant, offer_id__in=ids)
        .values("offer_id")
        .annotate(
            redeemed=Count("pk", filter=stands),
            reserved=Count("pk", filter=waits),
            rolled_back=Count("pk", filter=Q(state=UseState.ROLLED_BACK)),
            lapsed=Count(
                "pk", filter=Q(state__in=[UseState.LAPSED, UseState.RELEASED])
                | Q(state=UseState.RESERVED, until__lte=viewer.now),
            ),
            given=Sum("amount", filter=stands),
            back=Sum("given_back", filter=stands),
            turnover=Sum("basket", filter=stands),
            customers=Count("customer__root_id", filter=stands, distinct=True),
        )
    )  # fmt: skip
    used: dict[UUID, dict[str, Any]] = {row["offer_id"]: dict(row) for row in rows}
    elsewhere = _elsewhere(viewer, offers)
    found = {}
    for one in offers:
        row: dict[str, Any] = used.get(one.pk, {})
        found[one.pk] = Numbers(
            codes=tallies.get(coupon_unit(one.pk)),
            uses=tallies.get(uses_unit(one.pk)),
            budget=tallies.get(budget_unit(one.pk)),
            **{
                name: row.get(name, 0)
                for name in ("reserved", "redeemed", "rolled_back", "lapsed", "customers")
            },
            discount=(row.get("given") or ZERO) - (row.get("back") or ZERO),
            turnover=row.get("turnover") or ZERO,
            elsewhere=elsewhere.get(one.pk, 0),
        )
    return found


def _elsewhere(viewer: Viewer, offers: Sequence[Offer]) -> dict[UUID, int]:
    """How many redemptions of each offer's shared code were brought in, besides those made here."""
    by_word = {one.shared_code: one.pk for one in offers if one.shared_code}
    if not by_word:
        return {}
    counted: dict[UUID, int] = {}
    for code in imported_for(viewer, *offers).values_list("code", flat=True):
        offer_id = by_word.get(codes.read(code))
        if offer_id:
            counted[offer_id] = counted.get(offer_id, 0) + 1
    return counted


def imported_for(viewer: Viewer, *offers: Offer) -> QuerySet[Redemption]:
    """Redemptions of codes of these offers that the till or an import told, and not this house."""
    ids = [one.pk for one in offers]
    known = [one.shared_code for one in offers if one.shared_code]
    granted = Coupon.objects.filter(enterprise_id=viewer.tenant, offer_id__in=ids).values("code")
    own = CouponUse.objects.filter(enterprise_id=viewer.tenant, offer_id__in=ids, order_id__isnull=False)
    # Tills write codes with hyphens and in small letters.
    rows = Redemption.objects.annotate(spelt=Replace(Upper("code"), Value("-"), Value("")))
    rows = rows.filter(Q(spelt__in=known) | Q(spelt__in=granted), enterprise_id=viewer.tenant)
    pairs = own.values_list("order_key", "code")
    ours = [f"{key}/{codes.shown(code)}" for key, code in pairs]
    return visibility.visible(viewer, rows).exclude(source_key__in=ours)


def refusals_for(viewer: Viewer, offer: Offer) -> list[tuple[Refusal, int]]:
    """How often an offer was asked for in vain, by reason, the most frequent first."""
    rows = OfferRefusal.objects.filter(enterprise_id=viewer.tenant, offer_id=offer.pk).values("reason")
    counted = rows.annotate(sum=Sum("count")).values_list("reason", "sum").order_by("-sum", "reason")
    return [(Refusal(reason), count) for reason, count in counted]


def coupons_for(viewer: Viewer, offer_id: UUID) -> QuerySet[Coupon]:
    """The unique codes of an offer that the viewer may see."""
    viewer.require("offers.read")
    return visibility.visible(viewer, Coupon.objects.filter(enterprise_id=viewer.tenant, offer_id=offer_id))


def uses_for(viewer: Viewer, offer_id: UUID) -> QuerySet[CouponUse]:
    """The uses of an offer that the viewer may see."""
    viewer.require("offers.read")
    return visibility.visible(
        viewer, CouponUse.objects.filter(enterprise_id=viewer.tenant, offer_id=offer_id)
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a code stands: `state` is one of to_use, reserved, used, lapsed, over (the offer is not live)."""

    code: str
    offer: Offer
    state: str
    granted_at: datetime | None = None
    valid_until: datetime | None = None
    used_at: datetime | None = None
    order_key: str = ""
    discount: Decimal = ZERO
    customer_id: UUID | None = None
    use_id: UUID | None = None

    @property
    def shown(self) -> str:
        """The code as people read it."""
        return codes.shown(self.code)

    @property
    def sentence(self) -> str:
        """The terms in one plain sentence."""
        return words.sentence(self.offer, inside=False)

    @property
    def benefit(self) -> str:
        """What it gives, in a few words."""
        return words.benefit_of(self.offer)

    @property
    def text(self) -> str:
        """What the enterprise wrote for the customer."""
        return words.text_of(self.offer)


def standings_of(viewer: Viewer, coupons: Sequence[Coupon]) -> list[Standing]:
    """How these codes stand, in their order: one query."""
    uses = CouponUse.objects.filter(coupon_id__in=[one.pk for one in coupons]).order_by("reserved_at", "id")
    latest = {use.coupon_id: use for use in uses}
    return [_standing(viewer, one, latest.get(one.pk)) for one in coupons]


def _standing(viewer: Viewer, coupon: Coupon, use: CouponUse | None) -> Standing:
    stands = Standing(
        coupon.code,
        coupon.offer,
        "to_use",
        coupon.granted_at,
        coupon.valid_until,
        customer_id=coupon.customer_id,
    )
    if use is not None and use.state == UseState.REDEEMED:
        off = use.amount - use.given_back
        return replace(
            stands,
            state="used",
            used_at=use.redeemed_at,
            order_key=use.order_key,
            discount=off,
            use_id=use.pk,
        )
    if use is not None and use.state == UseState.RESERVED and use.until > viewer.now:
        return replace(stands, state="reserved", use_id=use.pk)
    ends = [moment for moment in (coupon.valid_until, coupon.offer.valid_to) if moment]
    if any(moment <= viewer.now for moment in ends):
        return replace(stands, state="lapsed")
    return replace(stands, state="over") if coupon.offer.state == OfferState.ENDED else stands


def held_by(viewer: Viewer, record_ids: Collection[UUID]) -> list[Standing]:
    """What a customer has: their codes and the shared words they used, what can be used first. For both doors."""
    coupons = list(
        Coupon.objects.filter(customer_id__in=record_ids)
        .only("id", "enterprise_id", "code", "customer_id", "granted_at", "valid_until", *_OFFER)
        .select_related("offer")
        .order_by("-granted_at", "-id")
    )
    shared = (
        CouponUse.objects.filter(customer_id__in=record_ids, coupon_id__isnull=True, state=UseState.REDEEMED)
        .only("id", "code", "amount", "given_back", "redeemed_at", "order_key", "customer_id", *_OFFER)
        .select_related("offer")
        .order_by("-redeemed_at")
    )
    used = [
        Standing(use.code, use.offer, "used", used_at=use.redeemed_at, order_key=use.order_key,
                 discount=use.amount - use.given_back, customer_id=use.customer_id, use_id=use.pk)
        for use in shared
    ]  # fmt: skip
    order = ("to_use", "reserved", "used", "lapsed", "over")
    return sorted(_known(viewer, coupons) + used, key=lambda one: order.index(one.state))


def _known(viewer: Viewer, coupons: Sequence[Coupon]) -> list[Standing]:
    uses = CouponUse.objects.filter(coupon_id__in=[one.pk for one in coupons])
    read = uses.only("id", "coupon_id", "state", "amount", "given_back", "until", "redeemed_at", "order_key")
    latest = {use.coupon_id: use for use in read.order_by("reserved_at", "id")}
    return [_standing(viewer, one, latest.get(one.pk)) for one in coupons]


# Of an offer what an individual may read (market 0021): the rest is the enterprise's own affair.
_OFFER = tuple(
    f"offer__{name}"
    for name in (
        "id", "enterprise_id", "name", "kind", "state", "text_en", "text_zh", "benefit", "value", "most",
        "free_product", "currency", "least", "products", "categories", "stores", "valid_from", "valid_to", "days_valid",
        "codes", "shared_code", "per_person", "in_all", "exclusion_group", "alone",
    )
)  # fmt: skip


def roots_of(viewer: Viewer, customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The root of each customer that the viewer may see."""
    rows = Customer.objects.filter(enterprise_id=viewer.tenant, pk__among=list(customer_ids))
    return dict(visibility.visible(viewer, rows).values_list("pk", "root_id"))


def root_of(viewer: Viewer, customer_id: UUID) -> UUID:
    """The root of one customer.

    Raises:
        NotFound: There is none, or the viewer may not see them.
    """
    return people.whole_rows_for(viewer, customer_id)[0]


def coupons_of(viewer: Viewer, offer_id: UUID, roots: Collection[UUID]) -> list[tuple[UUID, str, str]]:
    """The codes that these customers were granted of an offer: root, key of the grant, code."""
    rows = Coupon.objects.filter(
        enterprise_id=viewer.tenant, offer_id=offer_id, customer__root_id__among=list(roots)
    )
    return list(rows.order_by("granted_at", "id").values_list("customer__root_id", "grant_key", "code"))


def used_by(viewer: Viewer, offer_id: UUID, root_id: UUID) -> int:
    """How often a customer, all records together, has used an offer or is just using it."""
    counts = Q(state=UseState.REDEEMED) | Q(state=UseState.RESERVED, until__gt=viewer.now)
    rows = CouponUse.objects.filter(
        counts, enterprise_id=viewer.tenant, offer_id=offer_id, customer__root_id=root_id
    )
    return rows.count()


def left_of(viewer: Viewer, unit: str, holder_id: UUID) -> Decimal:
    """How much of a unit somebody can still spend."""
    return ledger.balance_for(viewer, unit=unit, holder_id=holder_id)


def reservation_for(viewer: Viewer, reservation_id: UUID) -> list[CouponUse]:
    """What was reserved together, in order of the offers.

    Raises:
        NotFound: There is no such reservation.
    """
    rows = CouponUse.objects.filter(enterprise_id=viewer.tenant, reservation_id=reservation_id)
    found = list(rows.select_related("offer").order_by("offer_id"))
    if not found:
        raise NotFound(field="reservation_id")
    return found


def segments_for(viewer: Viewer) -> list[tuple[UUID, str]]:
    """The segments that an offer may be limited to."""
    rows = Segment.objects.filter(enterprise_id=viewer.tenant, retired_at__isnull=True)
    return list(rows.order_by("name").values_list("pk", "name")[:500])


def shared(offer: Offer) -> bool:
    """Whether one word serves for all."""
    return offer.codes == CodeKind.SHARED


def people_of(viewer: Viewer, found: Sequence[Any]) -> Mapping[UUID, str]:
    """What to call the customers of these codes or uses."""
    return people.titles_for(viewer, {one.customer_id for one in found if one.customer_id})
