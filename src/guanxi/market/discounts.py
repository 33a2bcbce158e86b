"""What a basket costs with offers: which of them apply, to which lines, how much each takes off. Pure.

Money is exact to the cent. The same offers give the same answer in whatever order they are named. Within a combination
offers are applied in one order: free products first, then percentages (the greatest first), then amounts, so that a
percentage is taken of as much as possible; each is taken of what the ones before left. Nothing is taken below zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import combinations
from uuid import UUID

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
# Combinations double with each offer; nobody brings more to a till.
MOST_OFFERS = 10


class Benefit(StrEnum):
    """What an offer gives."""

    PERCENT = "percent"
    AMOUNT = "amount"
    PRODUCT = "product"
    TEXT = "text"


class Reason(StrEnum):
    """Why an offer does not apply to a basket; the ones that the basket itself decides."""

    STORE = "store"
    PRODUCTS = "products"
    LEAST = "least"
    EXCLUDED = "excluded"
    NOTHING_LEFT = "nothing_left"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket: `amount` is what it costs before offers, for its whole quantity."""

    key: str
    product: str
    amount: Decimal
    quantity: Decimal = Decimal(1)
    category: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody is about to buy, and where."""

    lines: Sequence[Line]
    store: str = ""

    @property
    def total(self) -> Decimal:
        """What it costs without offers."""
        return sum((line.amount for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class Terms:
    """What of an offer a basket has to meet, and what it gets.

    Attributes:
        value: Per cent, an amount of money, or how many pieces are free.
        most: The most that a percentage takes off; None for no limit.
        product: Key of the product that is free.
        least: The least that the lines it applies to must cost, before offers.
        products, categories: To which lines it applies: a line fits by either; to all where both are empty.
        stores: Codes of the stores where it holds; everywhere where empty.
        group: Of the offers of one group only one applies.
        alone: Applies with no other offer.
        left: Money that it can still give; None where it has no budget.
    """

    offer_id: UUID
    benefit: Benefit
    value: Decimal = ZERO
    most: Decimal | None = None
    product: str = ""
    least: Decimal = ZERO
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    group: str = ""
    alone: bool = False
    left: Decimal | None = None

    def fits(self, line: Line) -> bool:
        """Whether it applies to a line."""
        if not self.products and not self.categories:
            return True
        return (
            line.product in self.products
            or line.category in self.categories
            or line.department in self.categories
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """What one offer takes off, in all and of each line."""

    offer_id: UUID
    amount: Decimal
    lines: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a basket costs: the offers that apply, in order of application, and why the others do not."""

    before: Decimal
    taken: tuple[Taken, ...]
    refused: Mapping[UUID, Reason]

    @property
    def discount(self) -> Decimal:
        """All that is taken off."""
        return sum((one.amount for one in self.taken), ZERO)

    @property
    def total(self) -> Decimal:
        """What is left to pay."""
        return self.before - self.discount


def quote(basket: Basket, offers: Iterable[Terms]) -> Quote:
    """The best of all permitted combinations for the customer.

    Best is: takes off most; of equals, the one with most gifts that are no money; of those, the one that uses up
    fewest offers; of those, the first by the offers' ids.
    """
    distinct = {one.offer_id: one for one in offers}
    given = [distinct[key] for key in sorted(distinct)][:MOST_OFFERS]
    refused = {one.offer_id: reason for one in given if (reason := _unmet(basket, one))}
    fitting = [one for one in given if one.offer_id not in refused]
    best: tuple[Taken, ...] = ()
    best_rank: tuple[Decimal, int, int] = (ZERO, 0, 0)
    for size in range(1, len(fitting) + 1):
        for chosen in combinations(fitting, size):
            taken = _combined(basket, chosen)
            if taken is None:
                continue
            gifts = sum(one.benefit == Benefit.TEXT for one in chosen)
            rank = (sum((one.amount for one in taken), ZERO), gifts, -size)
            # Combinations come in order of their ids: the first of equals stays.
            if not best or rank > best_rank:
                best, best_rank = taken, rank
    used = {one.offer_id for one in best}
    for one in fitting:
        if one.offer_id not in used:
            refused[one.offer_id] = _left_out(basket, one)
    return Quote(basket.total, best, refused)


def _unmet(basket: Basket, one: Terms) -> Reason | None:
    if one.stores and basket.store not in one.stores:
        return Reason.STORE
    fitting = [line for line in basket.lines if one.fits(line)]
    if not fitting or (one.benefit == Benefit.PRODUCT and not _free_lines(basket, one)):
        return Reason.PRODUCTS
    return Reason.LEAST if sum((line.amount for line in fitting), ZERO) < one.least else None


def _left_out(basket: Basket, one: Terms) -> Reason:
    """Why an offer that fits is in no best combination."""
    alone = _discount(one, basket, {line.key: max(line.amount, ZERO) for line in basket.lines})
    if one.benefit != Benefit.TEXT and not alone.amount:
        return Reason.NOTHING_LEFT
    if one.left is not None and alone.amount > one.left:
        return Reason.BUDGET
    return Reason.EXCLUDED


_ORDER = {Benefit.PRODUCT: 0, Benefit.PERCENT: 1, Benefit.AMOUNT: 2, Benefit.TEXT: 3}


def _combined(basket: Basket, chosen: Sequence[Terms]) -> tuple[Taken, ...] | None:
    """What a combination takes off; None where it is not permitted or one of it would be used up for nothing."""
    groups = [one.group for one in chosen if one.group]
    if len(chosen) > 1 and (any(one.alone for one in chosen) or len(set(groups)) < len(groups)):
        return None
    left = {line.key: max(line.amount, ZERO) for line in basket.lines}
    taken = []
    for one in sorted(chosen, key=lambda each: (_ORDER[each.benefit], -each.value, each.offer_id)):
        off = _discount(one, basket, left)
        useless = not off.amount and one.benefit != Benefit.TEXT
        if useless or (one.left is not None and off.amount > one.left):
            return None
        for key, amount in off.lines.items():
            left[key] -= amount
        taken.append(off)
    return tuple(taken)


def _discount(one: Terms, basket: Basket, left: Mapping[str, Decimal]) -> Taken:
    """What an offer takes off of what is left of each line."""
    if one.benefit == Benefit.TEXT:
        return Taken(one.offer_id, ZERO)
    if one.benefit == Benefit.PRODUCT:
        return _free(one, basket, left)
    there = {line.key: left[line.key] for line in basket.lines if one.fits(line) and left[line.key] > 0}
    whole = sum(there.values(), ZERO)
    off = one.value if one.benefit == Benefit.AMOUNT else cents(whole * one.value / 100)
    if one.most is not None:
        off = min(off, one.most)
    off = min(off, whole)
    return Taken(one.offer_id, off, spread(off, there))


def _free(one: Terms, basket: Basket, left: Mapping[str, Decimal]) -> Taken:
    """The dearest pieces of the product are free."""
    pieces, lines = one.value or Decimal(1), {}
    for line in _free_lines(basket, one):
        count = min(pieces, line.quantity)
        price = cents(line.amount * count / line.quantity)
        off = min(price, left[line.key])
        if off > 0:
            lines[line.key] = off
        pieces -= count
        if pieces <= 0:
            break
    return Taken(one.offer_id, sum(lines.values(), ZERO), lines)


def _free_lines(basket: Basket, one: Terms) -> list[Line]:
    there = [line for line in basket.lines if line.product == one.product and line.quantity > 0]
    return sorted(there, key=lambda line: (-line.amount / line.quantity, line.key))


def spread(amount: Decimal, over: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """An amount over lines in proportion to what they are, to the cent; never more than a line is.

    What rounding down leaves goes a cent at a time to the lines that lost most by it (largest remainder).
    """
    whole = sum(over.values(), ZERO)
    if amount <= 0 or whole <= 0:
        return {}
    exact = {key: amount * part / whole for key, part in over.items()}
    shares = {key: share.quantize(CENT, rounding="ROUND_DOWN") for key, share in exact.items()}
    missing = int((amount - sum(shares.values(), ZERO)) / CENT)
    by_loss = sorted(shares, key=lambda key: (shares[key] - exact[key], key))
    for key in [one for one in by_loss if shares[one] < over[one]][:missing]:
        shares[key] += CENT
    return {key: share for key, share in shares.items() if share}


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Returned:
    """What went back of an order: in all, and of lines that were named; `paid` is what was paid for them."""

    total: Decimal
    refunded: Decimal
    paid: Mapping[str, Decimal] = field(default_factory=dict)
    lines: Mapping[str, Decimal] = field(default_factory=dict)


def given_back(taken: Taken, returned: Returned) -> Decimal:
    """How much of a discount has come back in all after these returns: in proportion, all of it with the last.

    A return that names a line takes back of what was taken off that line; one that names none, of the rest.
    It is worked out from all returns each time, so that cents neither gather nor get lost.
    """
    if returned.refunded >= returned.total:
        return taken.amount
    named, back = ZERO, Decimal(0)
    rest_paid, rest_off = returned.total, taken.amount
    for key, amount in returned.lines.items():
        off, paid = taken.lines.get(key, ZERO), returned.paid.get(key, ZERO)
        share = min(Decimal(1), amount / paid) if paid > 0 else Decimal(1)
        back += off * share
        named += amount
        rest_paid -= paid
        rest_off -= off
    unnamed = max(ZERO, returned.refunded - named)
    if unnamed and rest_paid > 0:
        back += rest_off * min(Decimal(1), unnamed / rest_paid)
    return min(taken.amount, cents(back))
