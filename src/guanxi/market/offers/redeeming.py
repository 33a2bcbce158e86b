"""Using codes: reserve at the till, redeem with the order, release, and give back what was returned.

Whatever is limited is taken from the ledger: the one use of a unique code, the uses in all, the money of the budget.
Offers are taken in the order of their ids, so that two baskets never wait for each other in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from guanxi.core import events
from guanxi.core.errors import DomainError, Invalid, NotFound
from guanxi.core.identity import new_id
from guanxi.core.ledger import services as ledger
from guanxi.core.viewer import Viewer
from guanxi.market import discounts
from guanxi.market.discounts import Returned, Taken
from guanxi.market.models import CouponUse, OfferState, UseState
from guanxi.market.offers import checking, codes, queries
from guanxi.market.offers.checking import Applied, Asked, Checked
from guanxi.market.offers.event_schemas import RELEASED, RESERVED
from guanxi.market.offers.words import Refusal
from guanxi.sales import queries as sales
from guanxi.sales import services as sales_services
from guanxi.sales import slips
from guanxi.sales.models import Order, State

# As long as somebody stands at a till.
MINUTES = 15
ONE = Decimal(1)


class Lapsed(DomainError):
    """What was reserved is free again."""

    code = "coupon.lapsed"
    summary = _("The reservation is not there any more: its time was over, or it was released.")
    help = _("Check the codes again and reserve anew.")


class OrderTaken(DomainError):
    """The order has redeemed other codes already."""

    code = "coupon.order_taken"
    summary = _("Other codes were redeemed with the order {key} already.")
    help = _("The codes of an order are redeemed together, once.")


class OrderCancelled(DomainError):
    """Nothing is redeemed with an order that was cancelled."""

    code = "coupon.order_cancelled"
    summary = _("The order {key} is cancelled.")


class IsRedeemed(DomainError):
    """A code that was redeemed comes back with the goods, and not by hand."""

    code = "coupon.redeemed"
    summary = _("These codes are redeemed. They come back when the order is cancelled or returned.")


class NoOrderKey(Invalid):
    """An order has a key."""

    code = "coupon.no_order_key"
    summary = _("Say the order's number.")


class NothingNamed(DomainError):
    """Neither a reservation nor anything in its place was named."""

    code = "coupon.nothing_named"
    summary = _("Say what is meant: a reservation, or an order with its codes.")


class NothingCounts(DomainError):
    """None of the codes counts."""

    code = "coupon.refused"
    summary = "{why}"
    help = _("Check the codes to see what each of them is worth.")


@dataclass(frozen=True, slots=True)
class Held:
    """What was reserved or redeemed together; `reservation_id` None where no code counted."""

    reservation_id: UUID | None
    checked: Checked
    uses: list[CouponUse] = field(default_factory=list)


class _LostError(Exception):
    """Somebody else was quicker between looking and taking."""

    def __init__(self, offer_id: UUID, reason: Refusal) -> None:
        super().__init__(reason)
        self.offer_id, self.reason = offer_id, reason


@transaction.atomic
def check(*, viewer: Viewer, asked: Asked) -> Checked:
    """What a basket would cost with these codes; what was asked for in vain is counted on the offer."""
    checked = checking.check(viewer, asked)
    _count_refusals(viewer, checked)
    return checked


@transaction.atomic
def reserve(*, viewer: Viewer, asked: Asked, minutes: int = MINUTES) -> Held:
    """Set aside what the best combination of these codes needs, until the order is there or the time is over."""
    viewer.require("orders.write")
    checked, uses = _reserve(viewer, asked, minutes)
    _count_refusals(viewer, checked)
    return Held(uses[0].reservation_id if uses else None, checked, uses)


def _reserve(viewer: Viewer, asked: Asked, minutes: int) -> tuple[Checked, list[CouponUse]]:
    lost: dict[UUID, Refusal] = {}
    while True:
        checked = checking.check(viewer, asked, without=lost)
        reservation_id, until = new_id(), viewer.now + timedelta(minutes=minutes)
        try:
            with transaction.atomic():
                uses = [
                    _hold(viewer, one, asked, CouponUse(reservation_id=reservation_id, until=until))
                    for one in sorted(checked.applied, key=lambda each: each.offer.pk)
                ]
        except _LostError as quicker:
            lost[quicker.offer_id] = quicker.reason
        else:
            return checked, uses


def _hold(viewer: Viewer, one: Applied, asked: Asked, use: CouponUse) -> CouponUse:
    """Take from the ledger what one offer needs, and write its use down."""
    offer = one.offer
    if offer.per_person and one.root_id:
        _alone(f"offer:{offer.pk}:{one.root_id}")
        if queries.used_by(viewer, offer.pk, one.root_id) >= offer.per_person:
            raise _LostError(offer.pk, Refusal.PER_PERSON)
    use.enterprise_id, use.offer, use.coupon = viewer.tenant, offer, one.coupon
    use.code, use.customer_id, use.store = one.code, one.customer_id, asked.basket.store
    use.amount, use.basket = one.taken.amount, asked.basket.total
    use.lines = {key: str(amount) for key, amount in one.taken.lines.items()}
    use.reserved_at = viewer.now
    if one.coupon:
        use.coupon_hold = _set_aside(
            viewer, use, queries.coupon_unit(offer.pk), one.coupon.pk, ONE, Refusal.USED
        )
    if offer.in_all:
        use.uses_hold = _set_aside(viewer, use, queries.uses_unit(offer.pk), offer.pk, ONE, Refusal.IN_ALL)
    if offer.budget and use.amount:
        use.budget_hold = _set_aside(
            viewer, use, queries.budget_unit(offer.pk), offer.pk, use.amount, Refusal.BUDGET
        )
    use.save(force_insert=True)
    _tell(viewer, RESERVED, use)
    return use


def _set_aside(
    viewer: Viewer, use: CouponUse, unit: str, holder_id: UUID, amount: Decimal, reason: Refusal
) -> UUID:
    try:
        posting = ledger.reserve(
            viewer=viewer,
            unit=unit,
            holder_id=holder_id,
            amount=amount,
            key=f"{unit}:{use.pk}",
            until=use.until,
        )
    except ledger.NotEnough as none:
        raise _LostError(use.offer_id, reason) from none
    return posting.pk


@transaction.atomic
def redeem(*, viewer: Viewer, reservation_id: UUID, order_key: str) -> list[CouponUse]:
    """Use what was reserved, with the order that it was used for; asked again for the same order, it is done once.

    Raises:
        Lapsed: The reservation's time was over, or it was released.
        OrderTaken: The order has redeemed other codes.
        OrderCancelled: The order is cancelled.
    """
    viewer.require("orders.write")
    known = _redeemed_with(viewer, order_key)
    if known:
        if {use.reservation_id for use in known} != {reservation_id}:
            raise OrderTaken(field="order_key", key=order_key)
        return known
    uses = queries.reservation_for(viewer, reservation_id)
    return [_redeem(viewer, use, order_key) for use in uses]


@transaction.atomic
def redeem_now(*, viewer: Viewer, asked: Asked, order_key: str) -> Held:
    """Reserve and redeem in one breath; asked again for the same order with the same codes, it is done once.

    Raises:
        OrderTaken: The order has redeemed other codes.
    """
    viewer.require("orders.write")
    known = _redeemed_with(viewer, order_key)
    if known:
        if not {use.code for use in known} <= {codes.read(text) for text in asked.codes}:
            raise OrderTaken(field="order_key", key=order_key)
        return Held(known[0].reservation_id, _as_checked(known, asked), known)
    checked, uses = _reserve(viewer, asked, MINUTES)
    _count_refusals(viewer, checked)
    done = [_redeem(viewer, use, order_key) for use in uses]
    return Held(done[0].reservation_id if done else None, checked, done)


def refuse_none(held: Held) -> None:
    """Refuse what used nothing, with the reason of the first code.

    Raises:
        NothingCounts: No code counted.
    """
    if not held.uses:
        first = held.checked.refused[0]
        raise NothingCounts(field="codes", why=first.reason.label, reason=first.reason.value)


def _as_checked(uses: Sequence[CouponUse], asked: Asked) -> Checked:
    """What was answered when these codes were redeemed."""
    applied = [
        Applied(
            use.code, use.offer, None, use.customer_id, None,
            Taken(use.offer_id, use.amount, {key: Decimal(off) for key, off in use.lines.items()}),
        )
        for use in uses
    ]  # fmt: skip
    return Checked(uses[0].basket, applied)


def _redeemed_with(viewer: Viewer, order_key: str) -> list[CouponUse]:
    """What was redeemed with an order, which from here on nobody else redeems with."""
    if not order_key.strip():
        raise NoOrderKey(field="order_key")
    order_id = slips.order_id(viewer, order_key)
    _alone(f"order:{order_id}")
    if Order.objects.filter(enterprise_id=viewer.tenant, pk=order_id, state=State.CANCELLED).exists():
        raise OrderCancelled(field="order_key", key=order_key)
    rows = CouponUse.objects.filter(enterprise_id=viewer.tenant, order_id=order_id)
    return list(rows.exclude(state=UseState.ROLLED_BACK).select_related("offer").order_by("offer_id"))


def _redeem(viewer: Viewer, use: CouponUse, order_key: str) -> CouponUse:
    if use.until <= viewer.now:
        raise Lapsed(field="reservation_id")
    order_id = slips.order_id(viewer, order_key)
    taken = CouponUse.objects.filter(pk=use.pk, state=UseState.RESERVED).update(
        state=UseState.REDEEMED, redeemed_at=viewer.now, order_key=order_key, order_id=order_id
    )
    if not taken:
        raise Lapsed(field="reservation_id")
    for name in ("coupon", "uses", "budget"):
        hold = getattr(use, f"{name}_hold")
        if hold:
            setattr(use, f"{name}_spent", _captured(viewer, use, hold, name))
    CouponUse.objects.filter(pk=use.pk).update(
        coupon_spent=use.coupon_spent, uses_spent=use.uses_spent, budget_spent=use.budget_spent
    )
    sales_services.note_redemption(
        viewer, code=codes.shown(use.code), order_key=order_key, at=viewer.now, discount=use.amount,
        customer_id=use.customer_id,
        facts={"offer": str(use.offer_id), "name": use.offer.name, "discount": str(use.amount)},
    )  # fmt: skip
    use.state, use.redeemed_at, use.order_key, use.order_id = (
        UseState.REDEEMED,
        viewer.now,
        order_key,
        order_id,
    )
    return use


def _captured(viewer: Viewer, use: CouponUse, hold: UUID, name: str) -> UUID:
    try:
        return ledger.capture(viewer=viewer, reservation_id=hold, key=f"redeem:{name}:{use.pk}").pk
    except ledger.NotEnough as gone:
        raise Lapsed(field="reservation_id") from gone


@transaction.atomic
def release(*, viewer: Viewer, reservation_id: UUID) -> list[CouponUse]:
    """Give back what was reserved and not used; released twice is released once.

    Raises:
        IsRedeemed: It was used.
    """
    viewer.require("orders.write")
    uses = queries.reservation_for(viewer, reservation_id)
    if any(use.state in (UseState.REDEEMED, UseState.ROLLED_BACK) for use in uses):
        raise IsRedeemed(field="reservation_id")
    for use in uses:
        _free(viewer, use, UseState.RELEASED, why="released")
    return queries.reservation_for(viewer, reservation_id)


def lapse(*, viewer: Viewer, limit: int = 500) -> int:
    """Free what was reserved and not used in time; how many uses it was. Call it until it was none."""
    over = CouponUse.objects.filter(
        enterprise_id=viewer.tenant, state=UseState.RESERVED, until__lte=viewer.now
    ).select_related("offer")
    found = list(over.order_by("offer_id", "pk")[:limit])
    for use in found:
        _free(viewer, use, UseState.LAPSED, why="lapsed")
    return len(found)


def _free(viewer: Viewer, use: CouponUse, state: UseState, *, why: str) -> None:
    freed = CouponUse.objects.filter(pk=use.pk, state=UseState.RESERVED).update(
        state=state, ended_at=viewer.now
    )
    if not freed:
        return
    for hold in (use.coupon_hold, use.uses_hold, use.budget_hold):
        if hold:
            # The ledger's own job lapses under this key: whoever comes second finds it done.
            ledger.release(viewer=viewer, reservation_id=hold, key=f"lapse:{hold}")
    _tell(viewer, RELEASED, use, why=why)


@transaction.atomic
def roll_back(*, viewer: Viewer, order_key: str) -> list[CouponUse]:
    """Give back what was redeemed with an order that did not come about; for tills that send us no orders.

    Raises:
        NotFound: Nothing was redeemed with this order.
    """
    viewer.require("orders.write")
    order_id = slips.order_id(viewer, order_key)
    uses = CouponUse.objects.filter(enterprise_id=viewer.tenant, order_id=order_id)
    if not uses.exists():
        raise NotFound(field="order_key")
    give_back(viewer, [order_id], cancelled=True)
    return list(uses.select_related("offer").order_by("offer_id"))


def give_back(viewer: Viewer, order_ids: Sequence[UUID], *, cancelled: bool = False) -> None:
    """Bring the uses of orders in line with what went back: in part their money, in full the code too."""
    uses = CouponUse.objects.select_for_update(of=("self",)).filter(
        enterprise_id=viewer.tenant, order_id__in=order_ids, state=UseState.REDEEMED
    )
    found = list(uses.select_related("offer").order_by("offer_id", "pk"))
    orders = sales.returned_of(viewer, {use.order_id for use in found if use.order_id})
    for use in found:
        order = orders.get(use.order_id) if use.order_id else None
        whole = cancelled or (order is not None and order.whole)
        taken = Taken(use.offer_id, use.amount, {key: Decimal(off) for key, off in use.lines.items()})
        if whole:
            back = use.amount
        elif order is not None:
            back = discounts.given_back(taken, Returned(order.total, order.refunded, order.paid, order.lines))
        else:
            continue
        _give_back(viewer, use, back, whole=whole, why="cancelled" if cancelled else "returned")


def _give_back(viewer: Viewer, use: CouponUse, back: Decimal, *, whole: bool, why: str) -> None:
    """Give back up to `back` of the discount, and the code itself where all of the order went back."""
    more = back - use.given_back
    if more > 0 and use.budget_spent:
        ledger.refund(
            viewer=viewer, posting_id=use.budget_spent, key=f"back:budget:{use.pk}:{back}", amount=more
        )
    if whole:
        for name in ("coupon", "uses"):
            spent = getattr(use, f"{name}_spent")
            if spent:
                ledger.refund(viewer=viewer, posting_id=spent, key=f"back:{name}:{use.pk}")
    elif more <= 0:
        return
    CouponUse.objects.filter(pk=use.pk).update(
        given_back=max(back, use.given_back),
        state=UseState.ROLLED_BACK if whole else UseState.REDEEMED,
        ended_at=viewer.now if whole else None,
    )
    _tell(viewer, RELEASED, use, why=why if whole else "part", amount=str(more))


def _tell(viewer: Viewer, type_: str, use: CouponUse, **facts: str) -> None:
    payload = {
        "code": use.code, "offer": str(use.offer_id), "name": use.offer.name, "discount": str(use.amount), **facts,
    }  # fmt: skip
    if use.order_key:
        payload["order"] = use.order_key
    events.emit(type_, customer_id=use.customer_id, payload=payload)


def _count_refusals(viewer: Viewer, checked: Checked) -> None:
    day = viewer.now.astimezone(viewer.timezone).date()
    counted = [
        (one.offer.pk, one.reason)
        for one in checked.refused
        if one.offer and one.offer.state != OfferState.DRAFT
    ]
    # In one order, as everything here: two baskets that are refused by the same offers do not wait in a circle.
    for offer_id, reason in sorted(counted):
        _count(viewer, offer_id, day, reason)


_COUNT = """
INSERT INTO market_offerrefusal AS known (enterprise_id, offer_id, day, reason, count) VALUES (%s, %s, %s, %s, 1)
ON CONFLICT (enterprise_id, offer_id, day, reason) DO UPDATE SET count = known.count + 1
"""


def _count(viewer: Viewer, offer_id: UUID, day: date, reason: Refusal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [viewer.tenant, offer_id, day, reason.value])


def _alone(name: str) -> None:
    """Have something alone until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
