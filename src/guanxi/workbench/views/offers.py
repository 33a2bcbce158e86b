"""Offers: the list, making one, one with its numbers, and a code at the till."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from guanxi.core import paging
from guanxi.core import queries as core_queries
from guanxi.core.errors import DomainError, NotFound
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.requests import DoorRequest
from guanxi.core.viewer import Viewer
from guanxi.market.offers import checking, codes, queries, redeeming, services, words
from guanxi.market.offers.checking import Asked
from guanxi.workbench import exports
from guanxi.workbench.forms import offers as forms

COLUMNS = (
    Column("name", gettext_lazy("Offer"), always=True),
    Column("terms", gettext_lazy("Terms")),
    Column("state", gettext_lazy("State")),
    Column("given", gettext_lazy("Given"), numeric=True),
    Column("redeemed", gettext_lazy("Redeemed"), numeric=True),
    Column("discount", gettext_lazy("Discount"), numeric=True),
    Column("budget", gettext_lazy("Budget left"), numeric=True),
    Column("made", gettext_lazy("Made"), shown=False),
)
USES = (
    Column("customer", gettext_lazy("Customer"), always=True),
    Column("code", pgettext_lazy("of an offer", "Code")),
    Column("order", gettext_lazy("Order")),
    Column("state", gettext_lazy("State")),
    Column("basket", gettext_lazy("Basket"), numeric=True),
    Column("discount", gettext_lazy("Discount"), numeric=True),
    Column("when", gettext_lazy("When")),
)
GIVEN = (
    Column("code", pgettext_lazy("of an offer", "Code"), always=True),
    Column("customer", gettext_lazy("Customer")),
    Column("state", gettext_lazy("State")),
    Column("given", gettext_lazy("Given")),
    Column("until", gettext_lazy("Valid to")),
    Column("used", gettext_lazy("Used")),
)
SOME = 8


def offers(request: DoorRequest) -> HttpResponse:
    """The offers that fit, newest first."""
    viewer, given = request.viewer, request.GET
    listing = Listing.of(given, COLUMNS, name="offers")
    state = given.get("state", "") if given.get("state") in dict(queries.STATES) else ""
    rows = queries.offers_for(viewer, text=listing.query.replace("\x00", "")[:120], state=state)
    page = paging.page(rows, order=("-created_at", "-id"), cursor=listing.cursor)
    numbers, stores = queries.numbers_for(viewer, page.items), dict(_stores(viewer))
    context = {
        "listing": listing,
        "page": page,
        "items": [(one, _sentence(one, stores), numbers[one.pk]) for one in page.items],
        "total": paging.total(rows),
        "given": given,
        "states": queries.STATES,
        "may_write": viewer.may("offers.write"),
    }
    return render_part(request, "workbench/offers/offers.html", context)


def create(request: DoorRequest) -> HttpResponse:
    """Describe a new offer."""
    request.viewer.require("offers.write")
    form = _form(request, initial={"kind": "coupon", "benefit": "percent", "per_person": 1})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create(viewer=request.viewer, draft=form.draft())
        except DomainError as error:
            _blame(form, error)
        else:
            messages.success(request, _("The offer is a draft now. Put it live when it is right."))
            return redirect("desk:offer", made.pk)
    return render(request, "workbench/offers/form.html", {"form": form})


def change(request: DoorRequest, offer_id: UUID) -> HttpResponse:
    """Describe a draft anew."""
    request.viewer.require("offers.write")
    offer = queries.offer_for(request.viewer, offer_id)
    form = _form(request, initial=forms.initial_of(offer, request.viewer.timezone))
    if request.method == "POST" and form.is_valid():
        try:
            services.change(viewer=request.viewer, offer_id=offer_id, draft=form.draft())
        except DomainError as error:
            _blame(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:offer", offer_id)
    return render(request, "workbench/offers/form.html", {"form": form, "offer": offer})


def offer(request: DoorRequest, offer_id: UUID) -> HttpResponse:
    """One offer: its terms, what became of its codes and money, who used it, why it was refused."""
    viewer = request.viewer
    found = queries.offer_for(viewer, offer_id)
    uses = list(queries.uses_for(viewer, offer_id).order_by("-reserved_at", "-id")[:SOME])
    coupons = list(
        queries.coupons_for(viewer, offer_id).select_related("offer").order_by("-granted_at", "-id")[:SOME]
    )
    context = {
        "offer": found,
        "sentence": _sentence(found, dict(_stores(viewer))),
        "text": words.text_of(found),
        "numbers": queries.numbers_for(viewer, [found])[found.pk],
        "refusals": queries.refusals_for(viewer, found),
        "uses": [(use, codes.shown(use.code)) for use in uses],
        "coupons": queries.standings_of(viewer, coupons),
        "titles": queries.people_of(viewer, [*uses, *coupons]),
        "imported": list(queries.imported_for(viewer, found).order_by("-redeemed_at")[:SOME]),
        "may_write": viewer.may("offers.write"),
        "widening": forms.WidenForm(),
        "printing": forms.PrintForm(),
        **_preview(request, found),
    }
    return render(request, "workbench/offers/offer.html", context)


def uses(request: DoorRequest, offer_id: UUID) -> HttpResponse:
    """Everybody who used an offer, the latest first."""
    viewer, found = request.viewer, queries.offer_for(request.viewer, offer_id)
    listing = Listing.of(request.GET, USES, name="offer-uses")
    rows = queries.uses_for(viewer, offer_id)
    page = paging.page(rows, order=("-reserved_at", "-id"), cursor=listing.cursor)
    context = {
        "offer": found, "listing": listing, "page": page, "total": paging.total(rows),
        "items": [(use, codes.shown(use.code)) for use in page.items],
        "titles": queries.people_of(viewer, page.items),
    }  # fmt: skip
    return render_part(request, "workbench/offers/uses.html", context)


def given(request: DoorRequest, offer_id: UUID) -> HttpResponse:
    """Every code of an offer and how it stands, the latest first."""
    viewer, found = request.viewer, queries.offer_for(request.viewer, offer_id)
    listing = Listing.of(request.GET, GIVEN, name="offer-codes")
    rows = queries.coupons_for(viewer, offer_id).select_related("offer")
    page = paging.page(rows, order=("-granted_at", "-id"), cursor=listing.cursor)
    context = {
        "offer": found, "listing": listing, "page": page, "total": paging.total(rows),
        "items": queries.standings_of(viewer, page.items),
        "titles": queries.people_of(viewer, page.items),
    }  # fmt: skip
    return render_part(request, "workbench/offers/codes.html", context)


@require_POST
def turn(request: DoorRequest, offer_id: UUID) -> HttpResponse:
    """Put an offer live, pause it, or end it."""
    state = request.POST.get("state", "")
    if state not in ("live", "paused", "ended"):
        raise NotFound(field="state")
    services.turn(viewer=request.viewer, offer_id=offer_id, state=state)
    said = {
        "live": _("The offer is live."),
        "paused": _("The offer is paused."),
        "ended": _("The offer has ended."),
    }
    messages.success(request, said[state])
    return redirect("desk:offer", offer_id)


@require_POST
def widen(request: DoorRequest, offer_id: UUID) -> HttpResponse:
    """Allow more uses, more money or a later end."""
    form = forms.WidenForm(request.POST)
    if not form.is_valid():
        raise services.OnlyWider(field="in_all", now=_("a number"))
    services.widen(viewer=request.viewer, offer_id=offer_id, **form.limits(request.viewer.timezone))
    messages.success(request, _("The offer is wider now."))
    return redirect("desk:offer", offer_id)


@require_POST
def print_codes(request: DoorRequest, offer_id: UUID) -> StreamingHttpResponse:
    """Codes for whoever brings them, as a file."""
    form = forms.PrintForm(request.POST)
    if not form.is_valid():
        raise services.BadTerms(_("Say how many, and what for."), field="count")
    made = services.print_codes(viewer=request.viewer, offer_id=offer_id, **form.cleaned_data)
    return exports.download(
        request.viewer, "codes", [_("Code")], lambda cursor: ([[one] for one in made], None)
    )


def check(request: DoorRequest) -> HttpResponse:
    """A code at the till: what it is worth or why it does not count, in one look."""
    viewer = request.viewer
    form = forms.CheckForm(request.POST or None, stores=_stores(viewer))
    context: dict[str, Any] = {"form": form, "may_redeem": viewer.may("orders.write")}
    if request.method == "POST" and form.is_valid():
        asked = Asked([form.cleaned_data["code"]], form.basket())
        if request.POST.get("order"):
            context["held"] = redeeming.redeem_now(
                viewer=viewer, asked=asked, order_key=request.POST["order"].replace("\x00", "").strip()[:200]
            )
            context["checked"] = context["held"].checked
        else:
            context["checked"] = redeeming.check(viewer=viewer, asked=asked)
    return render(request, "workbench/offers/check.html", context)


def _preview(request: DoorRequest, found: Any) -> dict[str, Any]:
    """What a basket would cost with the offer, without a code and without anything being counted."""
    amount, product = request.GET.get("amount", ""), request.GET.get("product", "").replace("\x00", "")[:200]
    bound = forms.CheckForm(
        {"code": "x", "amount": amount, "product": product}, stores=_stores(request.viewer)
    )
    if not amount or not bound.is_valid():
        return {"preview": None, "given": request.GET}
    return {"preview": checking.preview(request.viewer, found, bound.basket()), "given": request.GET}


def _sentence(found: Any, stores: dict[str, str]) -> str:
    return words.sentence(found, segment=found.segment.name if found.segment else "", stores=stores)


def _stores(viewer: Viewer) -> list[tuple[str, str]]:
    return list(core_queries.stores_for(viewer).values_list("code", "name"))


def _form(request: DoorRequest, *, initial: dict[str, Any]) -> forms.OfferForm:
    segments = [(str(id_), name) for id_, name in queries.segments_for(request.viewer)]
    return forms.OfferForm(
        request.POST or None, initial=initial, stores=_stores(request.viewer), segments=segments,
        zone=request.viewer.timezone,
    )  # fmt: skip


def _blame(form: forms.OfferForm, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, f"{error} {error.help}".strip())
