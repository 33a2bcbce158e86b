"""Offers and their codes over the API: made, granted, checked, reserved, redeemed, released."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import NO_NUL, Count, Flag, Id, LinePrice, Moment, Money, Price, Quantity, Text
from guanxi.market.discounts import Basket, Line
from guanxi.market.offers import codes, queries, redeeming, services, words
from guanxi.market.offers.checking import Applied, Asked, Checked, Refused
from guanxi.market.offers.services import Draft

if TYPE_CHECKING:
    from guanxi.market.models import Coupon, CouponUse, Offer

router = Router(reads="offers.read", writes="offers.write", tags=["Offers and coupons"])

Name = Annotated[Text, Field(max_length=120)]
Words = Annotated[str, Field(max_length=300, pattern=NO_NUL)]
Key = Annotated[Text, Field(max_length=120)]
Often = Annotated[Count, Field(ge=1, le=100_000_000)]
Days = Annotated[Count, Field(ge=1, le=3_650)]
Category = Annotated[Text, Field(max_length=120)]
StoreCode = Annotated[str, Field(max_length=60, pattern=NO_NUL)]
ProductKey = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Kind = Literal["coupon", "product", "service", "content", "invitation"]
Benefit = Literal["percent", "amount", "product", "text"]
State = Literal["draft", "live", "paused", "ended"]
Reason = Literal[
    "unknown", "mistyped", "not_yet", "paused", "ended", "expired", "used", "reserved", "other", "needs_customer",
    "who", "per_person", "in_all", "budget", "store", "products", "least", "excluded", "nothing_left",
]  # fmt: skip


class OfferIn(In):
    """An offer as you describe it; it begins as a draft. `who` is a condition in CEL. Empty lists mean all."""

    name: Name
    benefit: Benefit
    value: Annotated[Price, Field(description="Per cent, an amount, or how many pieces are free.")] = Decimal(
        0
    )
    kind: Kind = "coupon"
    text_en: Words = ""
    text_zh: Words = ""
    most: Price | None = None
    free_product: ProductKey = ""
    least: Price = Decimal(0)
    products: Annotated[list[Annotated[Text, Field(max_length=200)]], Field(max_length=500)] = []
    categories: Annotated[list[Category], Field(max_length=500)] = []
    stores: Annotated[list[Annotated[Text, Field(max_length=60)]], Field(max_length=500)] = []
    who: Annotated[str, Field(max_length=4_000, pattern=NO_NUL)] = ""
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    days_valid: Days | None = None
    codes: Literal["unique", "shared"] = "unique"
    shared_code: Annotated[str, Field(max_length=60, pattern=NO_NUL)] = ""
    per_person: Often | None = None
    in_all: Often | None = None
    exclusion_group: Annotated[str, Field(max_length=60, pattern=NO_NUL)] = ""
    alone: Flag = False
    budget: Price | None = None
    source_key: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""


class OfferOut(Out):
    """An offer; `sentence` is its terms in plain words."""

    id: Id
    name: str
    source_key: str | None
    kind: Kind
    state: State
    text_en: str
    text_zh: str
    benefit: Benefit
    value: Money
    most: Money | None
    free_product: str
    currency: str
    least: Money
    products: list[str]
    categories: list[str]
    stores: list[str]
    who: str
    segment_id: Id | None
    valid_from: Moment | None
    valid_to: Moment | None
    days_valid: int | None
    codes: Literal["unique", "shared"]
    shared_code: str | None
    per_person: int | None
    in_all: int | None
    exclusion_group: str
    alone: bool
    budget: Money | None
    created_at: Moment
    live_at: Moment | None
    ended_at: Moment | None
    sentence: str

    @staticmethod
    def resolve_sentence(offer: "Offer") -> str:
        """The terms in the language of the request."""
        return words.sentence(offer) if not isinstance(offer, dict) else offer["sentence"]


class TallyOut(Out):
    """What became of all that there was: the four parts add up to `whole`."""

    whole: Money
    open: Money
    reserved: Money
    spent: Money
    expired: Money


class NumbersOut(Out):
    """How an offer does. `codes`, `uses`, `budget` are null where it has no such limit."""

    codes: TallyOut | None
    uses: TallyOut | None
    budget: TallyOut | None
    reserved: int
    redeemed: int
    rolled_back: int
    lapsed: int
    discount: Money
    turnover: Money
    customers: int
    elsewhere: int


class OfferFilter(Paging):
    """Which offers."""

    q: Annotated[str, Field(max_length=120, pattern=NO_NUL, description="A part of the name, or a code.")] = (
        ""
    )
    state: Literal["", "draft", "live", "paused", "ended"] = ""


class TurnIn(In):
    """What the offer becomes."""

    state: Literal["live", "paused", "ended"]


class WidenIn(In):
    """Limits that are raised; what is left out stays."""

    in_all: Often | None = None
    budget: Price | None = None
    valid_to: Moment | None = None


class GrantIn(In):
    """Who gets a code (`customer_ids`), or how many are printed for whoever brings them (`count`).

    The same `key` gives the same codes, however often it is asked.
    """

    key: Key
    customer_ids: Annotated[list[Id], Field(max_length=5_000)] = []
    count: Annotated[Count, Field(le=10_000)] = 0
    valid_until: Moment | None = None


class GivenOut(Out):
    """A code that was given; `customer_id` is the customer as a whole."""

    customer_id: Id | None
    code: str


class GrantOut(Out):
    """The codes that were given under a key."""

    items: list[GivenOut]


class CouponOut(Out):
    """A code of an offer."""

    id: Id
    offer_id: Id
    code: str
    customer_id: Id | None
    granted_at: Moment
    valid_until: Moment | None
    state: Literal["to_use", "reserved", "used", "lapsed", "over"]


class BasketLineIn(In):
    """One line of the basket; `amount` is its price before offers, for the whole quantity."""

    key: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""
    product_key: ProductKey = ""
    amount: LinePrice
    quantity: Quantity = Decimal(1)


class CheckIn(In):
    """Codes on a basket, perhaps with the customer's card."""

    codes: Annotated[list[Annotated[Text, Field(max_length=60)]], Field(min_length=1, max_length=10)]
    lines: Annotated[list[BasketLineIn], Field(max_length=500)] = []
    store: StoreCode = ""
    customer_id: Id | None = None


class ReserveIn(CheckIn):
    """The same, and for how long it is set aside."""

    minutes: Annotated[Count, Field(ge=1, le=1_440)] = redeeming.MINUTES


class RedeemIn(In):
    """What was reserved, or codes on a basket in one breath; `order_key` is the order's own name and counts once."""

    order_key: Annotated[Text, Field(max_length=200)]
    reservation_id: Id | None = None
    basket: CheckIn | None = None


class ReleaseIn(In):
    """What is given back: a reservation, or everything that was redeemed with an order that did not come about."""

    reservation_id: Id | None = None
    order_key: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""


class AppliedOut(Out):
    """A code that counts, and what it takes off of each line."""

    code: str
    offer_id: Id
    benefit: str
    amount: Money
    lines: dict[str, Money]


class RefusedOut(Out):
    """A code that does not count; `words` say why in each language."""

    code: str
    offer_id: Id | None
    reason: Reason
    words: dict[str, str]


class CheckOut(Out):
    """What the basket costs. `reservation_id` is null where nothing is set aside."""

    reservation_id: Id | None
    before: Money
    discount: Money
    total: Money
    applied: list[AppliedOut]
    refused: list[RefusedOut]


class UseOut(Out):
    """One code on one basket, and what became of it."""

    id: Id
    reservation_id: Id
    offer_id: Id
    code: str
    customer_id: Id | None
    state: Literal["reserved", "redeemed", "released", "lapsed", "rolled_back"]
    amount: Money
    given_back: Money
    order_key: str
    reserved_at: Moment
    until: Moment
    redeemed_at: Moment | None


class UsesOut(Out):
    """What became of codes that were reserved together."""

    items: list[UseOut]


@router.get("/offers", response=Page[OfferOut])
def list_offers(request: ApiRequest, wanted: Query[OfferFilter]) -> object:
    """List offers, newest first."""
    rows = queries.offers_for(request.viewer, text=wanted.q, state=wanted.state)
    return page(request, rows, wanted, order=("-created_at", "-id"))


@router.post("/offers", response={201: OfferOut})
def create_offer(request: ApiRequest, body: OfferIn) -> object:
    """Make an offer; it begins as a draft."""
    return services.create(viewer=request.viewer, draft=Draft(**body.model_dump()))


@router.get("/offers/{offer_id}", response=OfferOut)
def read_offer(request: ApiRequest, offer_id: Id) -> object:
    """Read one offer."""
    return queries.offer_for(request.viewer, offer_id)


@router.put("/offers/{offer_id}", response=OfferOut)
def replace_offer(request: ApiRequest, offer_id: Id, body: OfferIn) -> object:
    """Describe a draft anew."""
    return services.change(viewer=request.viewer, offer_id=offer_id, draft=Draft(**body.model_dump()))


@router.get("/offers/{offer_id}/numbers", response=NumbersOut)
def read_offer_numbers(request: ApiRequest, offer_id: Id) -> object:
    """Read how an offer does: codes, uses and money, with parts that add up."""
    offer = queries.offer_for(request.viewer, offer_id)
    return queries.numbers_for(request.viewer, [offer])[offer.pk]


@router.post("/offers/{offer_id}/turn", response=OfferOut)
def turn_offer(request: ApiRequest, offer_id: Id, body: TurnIn) -> object:
    """Put an offer live, pause it, or end it for ever."""
    return services.turn(viewer=request.viewer, offer_id=offer_id, state=body.state)


@router.post("/offers/{offer_id}/widen", response=OfferOut)
def widen_offer(request: ApiRequest, offer_id: Id, body: WidenIn) -> object:
    """Allow more uses, more money or a later end."""
    return services.widen(viewer=request.viewer, offer_id=offer_id, **body.model_dump())


@router.get("/offers/{offer_id}/codes", response=Page[CouponOut])
def list_offer_codes(request: ApiRequest, offer_id: Id, paging: Query[Paging]) -> object:
    """List the codes of an offer, newest first."""
    viewer = request.viewer
    queries.offer_for(viewer, offer_id)
    rows = queries.coupons_for(viewer, offer_id).select_related("offer")

    def present(found: "Sequence[Coupon]") -> list[Any]:
        return [
            {"id": coupon.pk, "offer_id": coupon.offer_id, "code": stands.shown, "customer_id": coupon.customer_id,
             "granted_at": coupon.granted_at, "valid_until": coupon.valid_until, "state": stands.state}
            for coupon, stands in zip(found, queries.standings_of(viewer, found), strict=True)
        ]  # fmt: skip

    return page(request, rows, paging, order=("-granted_at", "-id"), present=present)


@router.post("/offers/{offer_id}/codes", response={201: GrantOut})
def grant_offer_codes(request: ApiRequest, offer_id: Id, body: GrantIn) -> object:
    """Give customers a code each, or make codes to print; the same key gives the same codes."""
    common: dict[str, Any] = {
        "viewer": request.viewer, "offer_id": offer_id, "key": body.key, "valid_until": body.valid_until,
    }  # fmt: skip
    given = services.grant(customer_ids=body.customer_ids, **common)
    printed = services.print_codes(count=body.count, **common) if body.count else []
    items: list[dict[str, Any]] = [{"customer_id": root, "code": code} for root, code in given.items()]
    return {"items": items + [{"customer_id": None, "code": code} for code in printed]}


@router.post("/coupons/check", needs="offers.read", response=CheckOut)
def check_coupons(request: ApiRequest, body: CheckIn) -> object:
    """Say what a basket would cost with these codes, and why some do not count. Nothing is used."""
    return _checked(redeeming.check(viewer=request.viewer, asked=_asked(body)))


@router.post("/coupons/reserve", needs="orders.write", response={201: CheckOut})
def reserve_coupons(request: ApiRequest, body: ReserveIn) -> object:
    """Set the codes aside while the customer pays; what is not redeemed in time is free again."""
    held = redeeming.reserve(viewer=request.viewer, asked=_asked(body), minutes=body.minutes)
    return _checked(held.checked, held)


@router.post("/coupons/redeem", needs="orders.write", response={201: UsesOut})
def redeem_coupons(request: ApiRequest, body: RedeemIn) -> object:
    """Use what was reserved with an order, or codes on a basket in one breath; an order counts once."""
    if body.reservation_id:
        uses = redeeming.redeem(
            viewer=request.viewer, reservation_id=body.reservation_id, order_key=body.order_key
        )
    elif body.basket:
        held = redeeming.redeem_now(
            viewer=request.viewer, asked=_asked(body.basket), order_key=body.order_key
        )
        redeeming.refuse_none(held)
        uses = held.uses
    else:
        raise redeeming.NothingNamed(field="reservation_id")
    return {"items": [_use(use) for use in uses]}


@router.post("/coupons/release", needs="orders.write", response=UsesOut)
def release_coupons(request: ApiRequest, body: ReleaseIn) -> object:
    """Give back what was reserved, or what was redeemed with an order that did not come about."""
    if body.reservation_id:
        uses = redeeming.release(viewer=request.viewer, reservation_id=body.reservation_id)
    elif body.order_key:
        uses = redeeming.roll_back(viewer=request.viewer, order_key=body.order_key)
    else:
        raise redeeming.NothingNamed(field="reservation_id")
    return {"items": [_use(use) for use in uses]}


def _asked(body: CheckIn) -> Asked:
    lines = [
        Line(line.key or str(number), line.product_key, line.amount, line.quantity)
        for number, line in enumerate(body.lines, 1)
    ]
    return Asked(body.codes, Basket(lines, body.store), body.customer_id)


def _checked(checked: Checked, held: redeeming.Held | None = None) -> dict[str, Any]:
    return {
        "reservation_id": held.reservation_id if held else None,
        "before": checked.before,
        "discount": checked.discount,
        "total": checked.total,
        "applied": [_applied(one) for one in checked.applied],
        "refused": [_refused(one) for one in checked.refused],
    }


def _applied(one: Applied) -> dict[str, Any]:
    return {
        "code": one.shown, "offer_id": one.offer.pk, "benefit": one.benefit, "amount": one.taken.amount,
        "lines": dict(one.taken.lines),
    }  # fmt: skip


def _refused(one: Refused) -> dict[str, Any]:
    offer_id = one.offer.pk if one.offer else None
    return {"code": one.shown, "offer_id": offer_id, "reason": one.reason.value, "words": one.words}


def _use(use: "CouponUse") -> dict[str, Any]:
    told = {name: getattr(use, name) for name in UseOut.model_fields}
    return {**told, "code": codes.shown(use.code)}
