"""Orders: the list and one order with everything that belongs to it."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guanxi.core import paging
from guanxi.core import queries as core_queries
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.core.viewer import Viewer
from guanxi.people import queries as people
from guanxi.sales import queries, services
from guanxi.workbench import exports

COLUMNS = (
    Column("key", gettext_lazy("Order"), always=True),
    Column("placed", gettext_lazy("Placed"), sort="-placed_at"),
    Column("customer", gettext_lazy("Customer")),
    Column("store", gettext_lazy("Store")),
    Column("lines", gettext_lazy("Lines"), numeric=True),
    Column("discount", gettext_lazy("Discount"), numeric=True, shown=False),
    Column("total", gettext_lazy("Total"), numeric=True),
    Column("state", gettext_lazy("State")),
)
SORT = "-placed_at"
DAYS = (1, 7, 30, 90)


def orders(request: DoorRequest) -> HttpResponse:
    """The orders that fit, newest first."""
    viewer = request.viewer
    listing = Listing.of(request.GET, COLUMNS, name="orders", sort=SORT)
    rows = queries.orders_for(viewer, _criteria(viewer, request.GET))
    page = paging.page(rows, order=_order(listing), cursor=listing.cursor)
    items = queries.masked_orders(viewer, page.items)
    context = {
        "listing": listing,
        "page": page,
        "items": items,
        "titles": people.titles_for(viewer, {order.customer_id for order in items if order.customer_id}),
        "total": _total(rows, listing, page),
        "given": request.GET,
        "stores": core_queries.store_names_for(viewer).rows,
        "states": queries.STATES,
        "days": [(days, _("Last {days} days").format(days=days)) for days in DAYS],
        "export_address": _export_address(viewer, request.GET),
    }
    return render_part(request, "workbench/orders/orders.html", context)


def order(request: DoorRequest, order_id: UUID) -> HttpResponse:
    """One order: what was bought, what was paid, what came back."""
    whole = queries.whole_for(request.viewer, order_id)
    context = {
        "whole": whole,
        "order": whole.order,
        "costs": queries.may_see_costs(request.viewer),
        "margins": any(line.margin is not None for line in whole.lines),
        "may_write": request.viewer.may("orders.write")
        and whole.order.state not in ("cancelled", "refunded"),
        "left": whole.order.total - whole.order.refunded,
    }
    return render(request, "workbench/orders/order.html", context)


@require_POST
def cancel(request: DoorRequest, order_id: UUID) -> HttpResponse:
    """Cancel an order."""
    services.cancel_order(viewer=request.viewer, order_id=order_id)
    messages.success(request, _("The order is cancelled and counts for nothing."))
    return redirect("desk:order", order_id)


@require_POST
def give_back(request: DoorRequest, order_id: UUID) -> HttpResponse:
    """Note that money went back."""
    amount = _decimal(request.POST.get("amount", ""))
    services.return_order(
        viewer=request.viewer,
        order_id=order_id,
        amount=Decimal(0) if amount is None else amount,
        reason=request.POST.get("reason", "").replace("\x00", "")[:500],
    )
    messages.success(request, _("Noted: the money went back."))
    return redirect("desk:order", order_id)


def export(request: DoorRequest) -> StreamingHttpResponse:
    """What the list shows, as CSV."""
    viewer, given = request.viewer, request.GET.copy()
    listing = Listing.of(given, COLUMNS, name="orders", sort=SORT)

    def page(cursor: str | None) -> tuple[list[exports.Row], str | None]:
        rows = queries.orders_for(viewer, _criteria(viewer, given))
        found = paging.page(rows, order=_order(listing), cursor=cursor, size=exports.PAGE_ROWS)
        return [
            [row.pk, row.source_key, row.placed_at.isoformat(), row.customer_id or "",
             row.store.code if row.store else "", row.line_count, row.total, row.currency, row.state]
            for row in found.items
        ], found.next  # fmt: skip

    headings = [_("Id"), _("Order"), _("Placed"), _("Customer"), _("Store"), _("Lines"), _("Total"), _("Currency"),
                _("State")]  # fmt: skip
    return exports.download(viewer, "orders", headings, page)


def _criteria(viewer: Viewer, given: QueryDict) -> queries.Criteria:
    days = given.get("days", "")
    customer_id = _uuid(given.get("customer"))
    return queries.Criteria(
        text=given.get("q", "").strip().replace("\x00", "")[:200],
        state=given.get("state", "") if given.get("state") in dict(queries.STATES) else "",
        store_id=_uuid(given.get("store")),
        customer_ids=queries.records_of(viewer, customer_id) if customer_id else None,
        placed_from=viewer.now - timedelta(days=int(days)) if days in map(str, DAYS) else None,
        least=_decimal(given.get("least", "")),
    )


def _order(listing: Listing) -> tuple[str, str]:
    """Both ways through time; the id makes the order whole."""
    return ("placed_at", "id") if listing.sort == "placed_at" else ("-placed_at", "-id")


def _total(rows: Any, listing: Listing, page: paging.Page[Any]) -> dict[str, Any]:
    if not page.next and not page.previous:
        return {"count": len(page), "exact": True}
    if listing.exact:
        return {"count": rows.count(), "exact": True}
    return paging.total(rows)


def _export_address(viewer: Viewer, given: QueryDict) -> str:
    """Where the list as it is arranged can be had as a file, where the viewer may."""
    if not viewer.may("customers.export"):
        return ""
    query = given.copy()
    query.pop("cursor", None)
    return f"{reverse('desk:orders-export')}?{query.urlencode()}"


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**11 else None
