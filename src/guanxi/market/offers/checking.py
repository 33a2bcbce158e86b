"""What codes are worth on a basket: each read, judged, and the best combination of those that hold. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from guanxi.core.viewer import Viewer
from guanxi.market import discounts
from guanxi.market.discounts import Basket, Benefit, Line, Taken, Terms
from guanxi.market.models import Coupon, CouponUse, Offer, OfferState, UseState
from guanxi.market.offers import codes, queries, who, words
from guanxi.market.offers.words import Refusal
from guanxi.sales import queries as sales


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to use: codes as they were typed, on a basket, perhaps with the customer's card."""

    codes: Sequence[str]
    basket: Basket
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A code that does not count, and why."""

    code: str
    reason: Refusal
    offer: Offer | None = None

    @property
    def shown(self) -> str:
        """The code as people read it."""
        return codes.shown(self.code)

    @property
    def words(self) -> dict[str, str]:
        """The reason in each language."""
        return words.both(self.reason)


@dataclass(frozen=True, slots=True)
class Applied:
    """A code that counts, and what it takes off."""

    code: str
    offer: Offer
    coupon: Coupon | None
    customer_id: UUID | None
    root_id: UUID | None
    taken: Taken

    @property
    def shown(self) -> str:
        """The code as people read it."""
        return codes.shown(self.code)

    @property
    def benefit(self) -> str:
        """What it gives, in a few words."""
        return words.benefit_of(self.offer)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the basket costs with the codes."""

    before: Decimal
    applied: list[Applied] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def discount(self) -> Decimal:
        """All that is taken off."""
        return sum((one.taken.amount for one in self.applied), discounts.ZERO)

    @property
    def total(self) -> Decimal:
        """What is left to pay."""
        return self.before - self.discount


_NONE = Taken(UUID(int=0), discounts.ZERO)


def check(viewer: Viewer, asked: Asked, *, without: Mapping[UUID, Refusal] | None = None) -> Checked:
    """What this basket would cost with these codes, and why some do not count.

    Args:
        without: Offers that turned out not to hold, with the reason.
    """
    viewer.require("offers.read")
    root_id = queries.root_of(viewer, asked.customer_id) if asked.customer_id else None
    refused: list[Refused] = []
    holding: list[Applied] = []
    for code in sorted({codes.read(text): text for text in asked.codes}):
        judged = _judged(viewer, code, asked.customer_id, root_id)
        if isinstance(judged, Applied) and without and judged.offer.pk in without:
            judged = Refused(code, without[judged.offer.pk], judged.offer)
        (holding if isinstance(judged, Applied) else refused).append(judged)  # type: ignore[arg-type]  # by its kind
    best = _one_an_offer(holding)
    refused += [Refused(one.code, Refusal.EXCLUDED, one.offer) for one in holding if one not in best.values()]
    basket = replace(asked.basket, lines=_known_lines(viewer, asked.basket.lines))
    quote = discounts.quote(basket, [terms_of(viewer, one.offer) for one in best.values()])
    applied = [replace(best[taken.offer_id], taken=taken) for taken in quote.taken]
    refused += [
        Refused(best[offer_id].code, Refusal(reason), best[offer_id].offer)
        for offer_id, reason in quote.refused.items()
    ]
    return Checked(quote.before, applied, sorted(refused, key=lambda one: one.code))


@dataclass(frozen=True, slots=True)
class Preview:
    """What an offer would do to a basket: what it takes off, or why it does nothing."""

    before: Decimal
    taken: Decimal
    reason: Refusal | None

    @property
    def total(self) -> Decimal:
        """What would be left to pay."""
        return self.before - self.taken


def preview(viewer: Viewer, offer: Offer, basket: Basket) -> Preview:
    """What an offer in any state would do to a basket, whoever brings it."""
    terms = replace(terms_of(viewer, offer), left=None)
    store = basket.store or (offer.stores[0] if offer.stores else "")
    known = replace(basket, lines=_known_lines(viewer, basket.lines), store=store)
    quote = discounts.quote(known, [terms])
    reason = quote.refused.get(offer.pk)
    return Preview(quote.before, quote.discount, Refusal(reason) if reason else None)


def _one_an_offer(holding: Sequence[Applied]) -> dict[UUID, Applied]:
    """An offer counts once a basket: with the code that expires first."""
    best: dict[UUID, Applied] = {}
    for one in holding:
        known = best.get(one.offer.pk)
        if known is None or _urgency(one) < _urgency(known):
            best[one.offer.pk] = one
    return best


def _urgency(one: Applied) -> tuple[bool, float, str]:
    until = one.coupon.valid_until if one.coupon else None
    return until is None, until.timestamp() if until else 0.0, one.code


def _judged(viewer: Viewer, code: str, customer_id: UUID | None, root_id: UUID | None) -> Applied | Refused:
    """Whether a code holds for this customer now, whatever the basket."""
    found = _found(viewer, code)
    if found is None:
        return Refused(code, Refusal.MISTYPED if codes.looks_mistyped(code) else Refusal.UNKNOWN)
    offer, coupon = found
    owner, owner_root = customer_id, root_id
    if coupon and coupon.customer_id:
        its_root = coupon.customer.root_id
        if root_id and its_root != root_id:
            return Refused(code, Refusal.OTHER, offer)
        owner, owner_root = customer_id or coupon.customer_id, its_root
    reason = (
        _over(viewer, offer, coupon)
        or _spent(viewer, offer, coupon)
        or _not_theirs(viewer, offer, owner_root)
    )
    if reason:
        return Refused(code, reason, offer)
    return Applied(code, offer, coupon, owner, owner_root, _NONE)


def _found(viewer: Viewer, code: str) -> tuple[Offer, Coupon | None] | None:
    """The offer of a code: by a unique code, else by a word; a running offer's before an ended one's."""
    coupons = Coupon.objects.filter(enterprise_id=viewer.tenant, code=code).select_related(
        "customer", "offer"
    )
    coupon = coupons.first()
    if coupon is not None:
        return coupon.offer, coupon
    offers = Offer.objects.filter(enterprise_id=viewer.tenant, shared_code=code)
    found = sorted(offers, key=lambda one: (one.state == OfferState.ENDED, -one.created_at.timestamp()))
    return (found[0], None) if found else None


_STATES = {
    OfferState.DRAFT.value: Refusal.NOT_YET,
    OfferState.PAUSED.value: Refusal.PAUSED,
    OfferState.ENDED.value: Refusal.ENDED,
}


def _over(viewer: Viewer, offer: Offer, coupon: Coupon | None) -> Refusal | None:
    """What the time and the offer's own state say."""
    if offer.state in _STATES:
        return _STATES[offer.state]
    if offer.valid_from and offer.valid_from > viewer.now:
        return Refusal.NOT_YET
    ends = (offer.valid_to, coupon.valid_until if coupon else None)
    return Refusal.EXPIRED if any(end and end <= viewer.now for end in ends) else None


def _spent(viewer: Viewer, offer: Offer, coupon: Coupon | None) -> Refusal | None:
    """What the ledger says."""
    if coupon and not queries.left_of(viewer, queries.coupon_unit(offer.pk), coupon.pk):
        waits = CouponUse.objects.filter(
            enterprise_id=viewer.tenant, coupon_id=coupon.pk, state=UseState.RESERVED, until__gt=viewer.now
        )
        return Refusal.RESERVED if waits.exists() else Refusal.USED
    if offer.in_all and not queries.left_of(viewer, queries.uses_unit(offer.pk), offer.pk):
        return Refusal.IN_ALL
    return None


def _not_theirs(viewer: Viewer, offer: Offer, root_id: UUID | None) -> Refusal | None:
    """What limits it to some customers, and each of them to some uses."""
    if not (offer.per_person or offer.who or offer.segment_id):
        return None
    if root_id is None:
        return Refusal.NEEDS_CUSTOMER
    if offer.per_person and queries.used_by(viewer, offer.pk, root_id) >= offer.per_person:
        return Refusal.PER_PERSON
    return None if who.is_meant(viewer, offer, root_id) else Refusal.WHO


def terms_of(viewer: Viewer, offer: Offer) -> Terms:
    """The offer as the arithmetic knows it, with the money that it can still give."""
    left = queries.left_of(viewer, queries.budget_unit(offer.pk), offer.pk) if offer.budget else None
    return Terms(
        offer.pk,
        Benefit(offer.benefit),
        offer.value,
        offer.most,
        offer.free_product,
        offer.least,
        frozenset(offer.products),
        frozenset(offer.categories),
        frozenset(offer.stores),
        offer.exclusion_group,
        offer.alone,
        left,
    )


def _known_lines(viewer: Viewer, lines: Sequence[Line]) -> list[Line]:
    """The lines with category and department of their products, where the till did not say them."""
    silent = {line.product for line in lines if not (line.category or line.department)}
    rows = sales.products_for(viewer).filter(source_key__in=silent)
    known = {key: facts for key, *facts in rows.values_list("source_key", "category", "department")}
    return [
        replace(line, category=known[line.product][0], department=known[line.product][1])
        if line.product in known and line.product in silent
        else line
        for line in lines
    ]
