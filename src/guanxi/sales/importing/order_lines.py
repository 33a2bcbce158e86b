"""Import of order lines: rows of one order key become one order.

A line's own name is `line_key`, else its product: the same row read again is the same line. Where one slip has a
product twice and no `line_key`, the second is numbered; this holds across the border of two batches for an order whose
rows follow each other. Where they lie apart in the file, or in two files, nothing tells a second line of the product
from a correction of the first, and it is taken for the correction: such a file needs a `line_key`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from threading import local
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from guanxi.core.identity import id_of
from guanxi.core.importing.targets import Action, Outcome, Prepare, Row
from guanxi.core.viewer import Viewer
from guanxi.sales import log, places, slips
from guanxi.sales.slips import ZERO, Slip, SpeltLine

DISCOUNTS = ("discount", "coupon_discount", "match_discount")


#: What one row says, spelt as the database reads it: a plain tuple, for a million of them come from another process.
#: Number, order key and id, product, customer, store, time, currency, simulated, line key, quantity, amount, discount,
#: cost.
_Told = tuple[
    int, str, UUID, str, str | None, str, datetime, str | None, bool, str | None, str, str, str, str | None
]
_ORDER_KEY, _PRODUCT_KEY, _CUSTOMER_KEY, _STORE = 1, 3, 4, 5


class _Teller:
    """Spells rows ahead of the database."""

    def __init__(self, viewer: Viewer) -> None:
        self._tenant = str(viewer.tenant)  # an id is made of it for each order

    def tell(self, rows: Sequence[Row]) -> list[_Told]:
        """What the rows of a batch say."""
        ids: dict[str, UUID] = {}
        told = []
        for row in rows:
            values = row.values
            key = values["order_key"]
            if key not in ids:
                ids[key] = id_of(self._tenant, "order", key)
            told.append(_spelt(row.number, ids[key], values))
        return told


def _spelt(number: int, order_id: UUID, values: Mapping[str, Any]) -> _Told:
    say = values.get
    return (
        number,
        values["order_key"],
        order_id,
        values["product_key"],
        say("customer_key"),
        say("store") or "",
        values["placed_at"],
        say("currency"),
        bool(say("simulated")),
        say("line_key"),
        str(say("quantity", "1")),
        str(values["amount"]),
        str(_discount(values)),
        _text(say("cost")),
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


class _Last(NamedTuple):
    """The order with which a batch ended, and how often each line was named there: the next batch may go on with it."""

    row: int
    order_key: str
    taken: dict[str, int]


class _Run:
    """What one run has looked up already: a file names the same products and customers again and again."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id
        self.articles: dict[str, places.Article] = {}
        self.customers: dict[str, UUID] = {}
        self.stores: dict[str, UUID] = {}
        self.new_stores: dict[str, UUID] = {}  # of this batch: it may be undone, and they with it
        self.ends: list[_Last] = []

    def before(self, row: int) -> _Last:
        """Where the batch before this row ended; one that is tried again has an end already, which counts no more."""
        self.ends = [one for one in self.ends if one.row < row][-1:] or [_Last(0, "", {})]
        return self.ends[0]

    def learn(self, viewer: Viewer, told: Sequence[_Told], *, dry: bool) -> None:
        """Look up what this batch names and no batch before named."""
        if unknown := _named(told, _PRODUCT_KEY) - self.articles.keys():
            self.articles |= places.articles(viewer, unknown)
        if unknown := _named(told, _CUSTOMER_KEY) - self.customers.keys():
            self.customers |= places.customers(viewer, unknown)
        self.new_stores = {}
        if unknown := _named(told, _STORE) - self.stores.keys():
            self.stores |= places.known_stores(viewer, unknown)
            self.new_stores = places.new_stores(viewer, unknown - self.stores.keys(), make=not dry)

    def store_of(self, code: str) -> UUID | None:
        """The store of this code, as far as this batch needs it."""
        return self.stores.get(code) or self.new_stores.get(code)


_run = local()


def _known_in(viewer: Viewer, told: Sequence[_Told], run_id: UUID, *, dry: bool) -> _Run:
    # A dry run makes no stores, so it must not lend its findings to the run that follows.
    run: _Run | None = getattr(_run, "known", None)
    if run is None or run.run_id != run_id or dry:
        run = _run.known = _Run(run_id)
    run.learn(viewer, told, dry=dry)
    if dry:
        del _run.known
    return run


def _named(told: Sequence[_Told], place: int) -> set[Any]:
    found: set[Any] = set(map(itemgetter(place), told))
    return found - {None, ""}


class _Reading:
    """One batch on its way from rows to slips; what cannot go on is set aside with its reason."""

    def __init__(self, viewer: Viewer, run: _Run, owners: Mapping[UUID, UUID | None], before: _Last) -> None:
        self.viewer = viewer
        self.run = run
        self.before = before
        self.owners = owners
        self.slips: list[Slip] = []
        self.lines: list[SpeltLine] = []
        self.places: dict[str, int] = {}
        self.taken: list[dict[str, int]] = []  # for each slip
        self.customers: list[str | None] = []  # for each slip
        self.outcomes: dict[int, Outcome] = {}

    def read(self, told: Sequence[_Told]) -> None:
        """Take the rows, or set them aside."""
        articles, opened = self.run.articles, self.places
        for each in told:
            (
                number,
                order_key,
                _id,
                product_key,
                customer_key,
                *_head,
                line_key,
                quantity,
                amount,
                discount,
                cost,
            ) = each
            article = articles.get(product_key)
            if article is None:
                reason = _("There is no product with the key {key}.").format(key=product_key)
                self.refuse(number, Action.REJECT, reason)
                continue
            place = opened.get(order_key)
            if place is None:
                place = self._open(each)
                if place is None:
                    continue
            elif customer_key != self.customers[place] and self._another(customer_key, place):
                self.refuse(number, Action.CONFLICT, _("The rows of this order name different customers."))
                continue
            named = self._named(number, place, line_key, product_key)
            if named is None:
                continue
            if cost is None and article.unit_cost is not None:
                cost = _text(slips.cost_of(Decimal(quantity), article.unit_cost))
            self.lines.append(
                SpeltLine(number, place, named, number, article.id, quantity, amount, discount, cost)
            )

    def _named(self, number: int, place: int, line_key: str | None, product_key: str) -> str | None:
        """The line's own name in its order; nothing where it is set aside."""
        taken = self.taken[place]
        named = line_key or product_key
        times = taken[named] = taken.get(named, 0) + 1
        if times == 1:
            return named
        if not line_key:
            return f"{named}#{times}"
        self.refuse(number, Action.CONFLICT, _("This line key stands twice in one order."))
        return None

    def _another(self, customer_key: str | None, place: int) -> bool:
        """Whether a row names another customer than the first row of its order."""
        return (
            customer_key is not None and self.run.customers.get(customer_key) != self.slips[place].customer_id
        )

    def refuse(self, number: int, action: Action, reason: str) -> None:
        """Set a row aside."""
        self.outcomes[number] = Outcome(number, action, None, reason)

    def _open(self, told: _Told) -> int | None:
        """Begin a slip with the first row of its order."""
        number, order_key, id_, _product, customer_key, store, placed_at, currency, simulated, *_line = told
        customer_id = self.run.customers.get(customer_key) if customer_key else None
        if customer_key and customer_id is None:
            reason = _("There is no customer with the key {key}.").format(key=customer_key)
            self.refuse(number, Action.REJECT, reason)
            return None
        if customer_id and self.owners.get(id_) not in (None, customer_id):
            self.refuse(number, Action.CONFLICT, _("This order is stored for another customer."))
            return None
        self.slips.append(
            Slip(id_, order_key, placed_at, currency or self.viewer.currency, customer_id,
                 self.run.store_of(store), simulated=simulated)
        )  # fmt: skip
        self.taken.append(dict(self.before.taken) if self.before.order_key == order_key else {})
        self.customers.append(customer_key)
        self.places[order_key] = len(self.slips) - 1
        return len(self.slips) - 1

    def last(self, told: Sequence[_Told]) -> _Last:
        """Where the batch ended."""
        number, key, *_rest = told[-1]
        place = self.places.get(key)
        return _Last(number, key, {} if place is None else self.taken[place])


def prepare(viewer: Viewer) -> Prepare:
    """What spells the rows of a run ahead of `apply`."""
    return _Teller(viewer).tell


def apply(viewer: Viewer, told: Sequence[_Told], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as lines of orders."""
    run = _known_in(viewer, told, run_id, dry=dry)
    owners = places.owners(viewer, _named(told, _ORDER_KEY))
    reading = _Reading(viewer, run, owners, run.before(told[0][0]))
    reading.read(told)
    writing = (slips.preview if dry else slips.write)(viewer, reading.slips, reading.lines)
    outcomes = reading.outcomes
    for line in reading.lines:
        outcomes[line.number] = _outcome(line, reading.slips[line.slip].id, writing.known.get(line.number))
    if not dry:
        log.tell(viewer, writing.finish())
        run.ends.append(reading.last(told))
    return [outcomes[number] for number, *_rest in told]


def _outcome(line: SpeltLine, order_id: UUID, known: slips.KnownLine | None) -> Outcome:
    if known is None:
        # A plain text: of a million small mappings the collector of garbage would look at each.
        return Outcome(line.number, Action.CREATE, order_id, "", line.key)
    if not known.changed:
        return Outcome(line.number, Action.UNCHANGED, order_id)
    return Outcome(line.number, Action.UPDATE, order_id, "", {"key": line.key, **known.before})


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take lines back: new ones go, changed ones are as before; an order without lines goes too."""
    gone = [(each.target_id, each.before) for each in outcomes if each.action == Action.CREATE]
    back = [(each.target_id, each.before) for each in outcomes if each.action == Action.UPDATE]
    ids = {each.target_id for each in outcomes if each.target_id}
    former = slips.standings(list(ids), locked=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM sales_line WHERE enterprise_id = %s AND (order_id, key) IN "
            "(SELECT * FROM unnest(%s::uuid[], %s::text[]))",
            [viewer.tenant, [order for order, _key in gone], [key for _order, key in gone]],
        )
        cursor.executemany(
            _RESTORE, [{**before, "order": order, "tenant": viewer.tenant} for order, before in back]
        )
    log.tell(viewer, slips.resum(viewer, former))
    return [Outcome(each.number, Action.UNDONE, each.target_id) for each in outcomes]


_RESTORE = """
UPDATE sales_line SET product_id = %(product_id)s, position = %(position)s, quantity = %(quantity)s,
  amount = %(amount)s, discount = %(discount)s, cost = %(cost)s
WHERE enterprise_id = %(tenant)s AND order_id = %(order)s AND key = %(key)s
"""


def _discount(values: Mapping[str, Any]) -> Decimal:
    total = ZERO
    for name in DISCOUNTS:
        if part := values.get(name):
            total += part
    return total
