"""Import of order lines: rows of one order key become one order.

A line's own name is `line_key`, else its product: the same row read again is the same line. Where one slip has a
product twice and no `line_key`, the second is numbered; this holds across the border of two batches for an order whose
rows follow each other. Where they lie apart in the file, or in two files, nothing tells a second line of the product
from a correction of the first, and it is taken for the correction: such a file needs a `line_key`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from threading import local
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.sales import log, places, slips
from guanxi.sales.slips import ZERO, Slip, SlipLine

ONE = Decimal(1)
DISCOUNTS = ("discount", "coupon_discount", "match_discount")


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
        self.last = _Last(0, "", {})

    def learn(self, viewer: Viewer, rows: Sequence[Row], *, dry: bool) -> None:
        """Look up what this batch names and no batch before named."""
        if unknown := _named(rows, "product_key") - self.articles.keys():
            self.articles |= places.articles(viewer, unknown)
        if unknown := _named(rows, "customer_key") - self.customers.keys():
            self.customers |= places.customers(viewer, unknown)
        if unknown := _named(rows, "store") - self.stores.keys():
            self.stores |= places.stores(viewer, unknown, make=not dry)


_run = local()


def _known_in(viewer: Viewer, rows: Sequence[Row], run_id: UUID, *, dry: bool) -> _Run:
    # A dry run makes no stores, so it must not lend its findings to the run that follows.
    run: _Run | None = getattr(_run, "known", None)
    if run is None or run.run_id != run_id or dry:
        run = _run.known = _Run(run_id)
    run.learn(viewer, rows, dry=dry)
    if dry:
        del _run.known
    return run


def _named(rows: Sequence[Row], name: str) -> set[str]:
    return {value for row in rows if (value := row.values.get(name))}


class _Reading:
    """One batch on its way from rows to slips; what cannot go on is set aside with its reason."""

    def __init__(self, viewer: Viewer, run: _Run, owners: Mapping[UUID, UUID | None]) -> None:
        self.viewer = viewer
        self.run = run
        self.owners = owners
        self.slips: list[Slip] = []
        self.lines: list[SlipLine] = []
        self.places: dict[str, int] = {}
        self.taken: list[dict[str, int]] = []  # for each slip
        self.customers: list[str | None] = []  # for each slip
        self.outcomes: dict[int, Outcome] = {}

    def read(self, row: Row) -> None:
        """Take one row, or set it aside."""
        values = row.values
        article = self.run.articles.get(values["product_key"])
        if article is None:
            reason = _("There is no product with the key {key}.").format(key=values["product_key"])
            self.refuse(row, Action.REJECT, reason)
            return
        place = self.places.get(values["order_key"])
        if place is None:
            place = self._open(row)
            if place is not None:
                self._line(row, place, article)
        elif self._another(values, place):
            self.refuse(row, Action.CONFLICT, _("The rows of this order name different customers."))
        else:
            self._line(row, place, article)

    def _another(self, values: Mapping[str, Any], place: int) -> bool:
        """Whether a row names another customer than the first row of its order."""
        key = values.get("customer_key")
        if key is None or key == self.customers[place]:
            return False
        return self.run.customers.get(key) != self.slips[place].customer_id

    def refuse(self, row: Row, action: Action, reason: str) -> None:
        """Set a row aside."""
        self.outcomes[row.number] = Outcome(row.number, action, None, reason)

    def _open(self, row: Row) -> int | None:
        """Begin a slip with the first row of its order."""
        values = row.values
        customer_key = values.get("customer_key")
        customer_id = self.run.customers.get(customer_key) if customer_key else None
        if customer_key and customer_id is None:
            self.refuse(
                row, Action.REJECT, _("There is no customer with the key {key}.").format(key=customer_key)
            )
            return None
        id_ = slips.order_id(self.viewer, values["order_key"])
        if customer_id and self.owners.get(id_) not in (None, customer_id):
            self.refuse(row, Action.CONFLICT, _("This order is stored for another customer."))
            return None
        self.slips.append(
            Slip(id_, values["order_key"], values["placed_at"], values.get("currency") or self.viewer.currency,
                 customer_id, self.run.stores.get(values.get("store", "")), simulated=bool(values.get("simulated")))
        )  # fmt: skip
        last = self.run.last
        goes_on = last.order_key == values["order_key"] and last.row < row.number
        self.taken.append(dict(last.taken) if goes_on else {})
        self.customers.append(customer_key)
        self.places[values["order_key"]] = len(self.slips) - 1
        return len(self.slips) - 1

    def last(self, rows: Sequence[Row]) -> _Last:
        """Where the batch ended."""
        key = rows[-1].values["order_key"]
        place = self.places.get(key)
        return _Last(rows[-1].number, key, {} if place is None else self.taken[place])

    def _line(self, row: Row, place: int, article: places.Article) -> None:
        values = row.values
        quantity = values.get("quantity", ONE)
        named = values.get("line_key") or values["product_key"]
        taken = self.taken[place]
        times = taken[named] = taken.get(named, 0) + 1
        if times > 1:
            if values.get("line_key"):
                self.refuse(row, Action.CONFLICT, _("This line key stands twice in one order."))
                return
            named = f"{named}#{times}"
        cost = values.get("cost") if "cost" in values else slips.cost_of(quantity, article.unit_cost)
        self.lines.append(
            SlipLine(
                row.number,
                place,
                named,
                row.number,
                article.id,
                quantity,
                values["amount"],
                _discount(values),
                cost,
            )
        )


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as lines of orders."""
    run = _known_in(viewer, rows, run_id, dry=dry)
    owners = places.owners(viewer, _named(rows, "order_key"))
    reading = _Reading(viewer, run, owners)
    for row in rows:
        reading.read(row)
    written = (slips.preview if dry else slips.write)(viewer, reading.slips, reading.lines)
    if not dry:
        log.tell(viewer, written.changes)
    if not dry:
        run.last = reading.last(rows)
    outcomes = reading.outcomes
    for line in reading.lines:
        outcomes[line.number] = _outcome(line, reading.slips[line.slip].id, written.known.get(line.number))
    return [outcomes[row.number] for row in rows]


def _outcome(line: SlipLine, order_id: UUID, known: slips.KnownLine | None) -> Outcome:
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
