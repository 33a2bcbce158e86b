"""Import of order lines: rows of one order key become one order.

A line's own name is `line_key`, else its product: the same row read again is the same line. Where one slip has a
product twice and no `line_key`, the second is numbered.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.sales import log, places, slips
from guanxi.sales.slips import ZERO, Slip, SlipLine

ONE = Decimal(1)
DISCOUNTS = ("discount", "coupon_discount", "match_discount")


class _Reading:
    """One batch on its way from rows to slips; what cannot go on is set aside with its reason."""

    def __init__(self, viewer: Viewer, rows: Sequence[Row]) -> None:
        self.currency = viewer.currency
        self.customers = places.customers(viewer, {_text(row, "customer_key") for row in rows})
        self.stores: dict[str, UUID] = {}
        self.slips: list[Slip] = []
        self.lines: list[SlipLine] = []
        self.places: dict[str, int] = {}
        self.taken: dict[tuple[int, str], int] = {}
        self.outcomes: dict[int, Outcome] = {}

    def read(self, row: Row) -> None:
        """Take one row."""
        customer = _text(row, "customer_key")
        if customer and customer not in self.customers:
            return self.refuse(row, Action.REJECT, _("There is no customer with the key {key}.").format(key=customer))
        place = self._slip(row, self.customers.get(customer))
        if self.slips[place].customer_id != self.customers.get(customer):
            return self.refuse(row, Action.CONFLICT, _("The rows of this order name different customers."))
        self._line(row, place)

    def refuse(self, row: Row, action: Action, reason: str) -> None:
        """Set a row aside."""
        self.outcomes[row.number] = Outcome(row.number, action, None, reason)

    def _slip(self, row: Row, customer_id: UUID | None) -> int:
        key = row.values["order_key"]
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = len(self.slips)
            values = row.values
            self.slips.append(
                Slip(key, values["placed_at"], values.get("currency") or self.currency, customer_id,
                     self.stores.get(values.get("store", "")), simulated=bool(values.get("simulated")))
            )  # fmt: skip
        return place

    def _line(self, row: Row, place: int) -> None:
        values = row.values
        named = values.get("line_key") or values["product_key"]
        times = self.taken[place, named] = self.taken.get((place, named), 0) + 1
        if times > 1 and values.get("line_key"):
            return self.refuse(row, Action.CONFLICT, _("This line key stands twice in one order."))
        self.lines.append(
            SlipLine(row.number, place, named if times == 1 else f"{named}#{times}", row.number, values["product_key"],
                     values.get("quantity", ONE), values["amount"], _discount(values), values.get("cost"))
        )  # fmt: skip


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as lines of orders."""
    reading = _Reading(viewer, rows)
    codes = {_text(row, "store") for row in rows}
    reading.stores = places.stores(viewer, codes, make=not dry)
    for row in rows:
        reading.read(row)
    write = slips.preview if dry else slips.write
    _refuse_strangers(viewer, reading)
    written = write(viewer, reading.slips, reading.lines)
    if not dry:
        log.tell(viewer, written.changes)
    outcomes = reading.outcomes
    ids = [slips.order_id(viewer, slip.key) for slip in reading.slips]
    for line in reading.lines:
        outcomes[line.number] = _outcome(line, ids[line.slip], written)
    return [outcomes[row.number] for row in rows]


def _refuse_strangers(viewer: Viewer, reading: _Reading) -> None:
    """An order that is stored for one customer is not moved to another by a file."""
    owners = places.owners(viewer, [slip.key for slip in reading.slips if slip.customer_id])
    wrong = {
        place for place, slip in enumerate(reading.slips)
        if owners.get(slip.key) not in (None, slip.customer_id) and slip.customer_id
    }  # fmt: skip
    if not wrong:
        return
    for line in reading.lines:
        if line.slip in wrong:
            reason = _("This order is stored for another customer.")
            reading.outcomes[line.number] = Outcome(line.number, Action.CONFLICT, None, reason)
    kept = [place for place in range(len(reading.slips)) if place not in wrong]
    moved = {place: new for new, place in enumerate(kept)}
    reading.lines = [
        SlipLine(line.number, moved[line.slip], line.key, line.position, line.product_key, line.quantity, line.amount,
                 line.discount, line.cost)
        for line in reading.lines if line.slip in moved
    ]  # fmt: skip
    reading.slips = [reading.slips[place] for place in kept]


def _outcome(line: SlipLine, order_id: UUID, written: slips.Written) -> Outcome:
    if line.number in written.homeless:
        reason = _("There is no product with the key {key}.").format(key=line.product_key)
        return Outcome(line.number, Action.REJECT, None, reason)
    known = written.known.get(line.number)
    if known is None:
        return Outcome(line.number, Action.CREATE, order_id, "", {"key": line.key})
    if not known.changed:
        return Outcome(line.number, Action.UNCHANGED, order_id)
    return Outcome(line.number, Action.UPDATE, order_id, "", {"key": line.key, **known.before})


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take lines back: new ones go, changed ones are as before; an order without lines goes too."""
    gone = [(each.target_id, each.before["key"]) for each in outcomes if each.action == Action.CREATE]
    back = [(each.target_id, each.before) for each in outcomes if each.action == Action.UPDATE]
    ids = {each.target_id for each in outcomes if each.target_id}
    former = slips.standings(list(ids), locked=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM sales_line WHERE enterprise_id = %s AND (order_id, key) IN "
            "(SELECT * FROM unnest(%s::uuid[], %s::text[]))",
            [viewer.tenant, [order for order, _key in gone], [key for _order, key in gone]],
        )
        cursor.executemany(_RESTORE, [{**before, "order": order, "tenant": viewer.tenant} for order, before in back])
    log.tell(viewer, slips.resum(viewer, former))
    return [Outcome(each.number, Action.UNDONE, each.target_id) for each in outcomes]


_RESTORE = """
UPDATE sales_line SET product_id = %(product_id)s, position = %(position)s, quantity = %(quantity)s,
  amount = %(amount)s, discount = %(discount)s, cost = %(cost)s
WHERE enterprise_id = %(tenant)s AND order_id = %(order)s AND key = %(key)s
"""


def _text(row: Row, name: str) -> str:
    return str(row.values.get(name) or "")


def _discount(values: Mapping[str, Any]) -> Decimal:
    return sum((values[name] for name in DISCOUNTS if values.get(name)), ZERO)
