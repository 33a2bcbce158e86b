"""Customers: the list, one customer with everything that is known, making, changing, merging."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.cache import caches
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from guanxi.core import paging, slots
from guanxi.core import queries as core_queries
from guanxi.core import services as core_services
from guanxi.core.errors import DomainError
from guanxi.core.listing import Column, Listing
from guanxi.core.pages import render_part
from guanxi.core.paging import Page
from guanxi.core.requests import DoorRequest
from guanxi.core.viewer import Viewer
from guanxi.people import listing as lists
from guanxi.people import queries, services, timeline
from guanxi.people.listing import Criteria
from guanxi.people.queries import Whole
from guanxi.people.services import Change
from guanxi.workbench import exports
from guanxi.workbench.forms.customers import OWN, CustomerForm, IdentifierForm

COLUMNS = (
    Column("name", gettext_lazy("Customer"), always=True),
    Column("seen", gettext_lazy("Last seen"), sort="-last_seen_at"),
    Column("orders", gettext_lazy("Orders"), sort="-orders", numeric=True),
    Column("spent", gettext_lazy("Spent"), sort="-spent", numeric=True),
    Column("store", gettext_lazy("Home store")),
    Column("owner", gettext_lazy("Looked after by"), shown=False),
    Column("since", gettext_lazy("Known since"), shown=False),
)
SEEN_DAYS = (7, 30, 90, 365)
TIMELINE_KINDS = (
    ("", gettext_lazy("All")),
    ("order", gettext_lazy("Orders")),
    ("web", gettext_lazy("Web")),
    ("message", gettext_lazy("Messages")),
    ("service", gettext_lazy("Service")),
    ("permission", gettext_lazy("Permissions")),
    ("system", gettext_lazy("Record")),
)
#: For how long the guess of a list's length holds.
TOTAL_SECONDS = 30


def customers(request: DoorRequest) -> HttpResponse:
    """The customers that fit, newest sign of life first."""
    viewer, listing = request.viewer, _listing(request.GET)
    criteria, found = _criteria(viewer, request.GET), None
    # Asked before anything is waited for: it goes off with the list.
    stores, kept = core_queries.store_names_for(viewer), core_queries.saved_views_for(viewer, "customers")
    if criteria.text:
        found = queries.search(viewer, criteria.text)
    chips, within = _narrowed(viewer, request.GET)
    part = lists.page_for(
        viewer, criteria, found=found, within=within, order=listing.sort, cursor=listing.cursor
    )
    context = {
        "listing": listing,
        "items": part.items,
        "page": paging.Page(part.items, part.next, part.previous),
        "extra": _extra(viewer, [item.id for item in part.items]),
        "total": _total(viewer, request.GET, criteria, found, within, part),
        "found": found,
        "chips": chips,
        **_choices(request.GET, stores.rows, kept.rows),
        **_rights(viewer),
    }
    return render_part(request, "workbench/customers/customers.html", context)


def customer(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """One customer: who, what happens, what it means."""
    whole = queries.whole_for(request.viewer, customer_id)
    panels = slots.shown("customer.panel", request.viewer, whole)
    context = {
        "whole": whole,
        "facts": _facts(whole, request.viewer),
        "pairs": queries.open_pairs_of(request.viewer, whole.record_ids),
        "strength": max((int(one.variables.get("strength") or 0) for one in panels), default=0),
        **_rights(request.viewer),
        "columns": {
            name: [one for one in panels if _column(one) == name] for name in ("who", "happens", "means")
        },
        **_timeline(request, whole.id, whole.record_ids),
    }
    return render(request, "workbench/customers/customer.html", context)


def happenings(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """The timeline alone: further back, by kind, or anew when something happened."""
    root_id, record_ids = queries.whole_rows_for(request.viewer, customer_id)
    context = _timeline(request, root_id, record_ids)
    part = "more" if request.GET.get("cursor") else "timeline"
    return render(request, f"workbench/customers/customer.html#{part}", context)


def create(request: DoorRequest) -> HttpResponse:
    """Make a customer."""
    request.viewer.require("customers.write")
    form = _form(request, new=True)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create(
                viewer=request.viewer, change=form.change(), identifiers=form.identifiers()
            )
        except DomainError as error:
            _blame(form, error)
        else:
            messages.success(request, _("The customer is there now."))
            return redirect("desk:customer", made)
    return render(request, "workbench/customers/form.html", {"form": form})


def change(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """Change what is known of a customer."""
    request.viewer.require("customers.write")
    whole = queries.whole_for(request.viewer, customer_id)
    form = _form(request, initial=_initial(whole))
    if request.method == "POST" and form.is_valid():
        try:
            services.update(viewer=request.viewer, customer_id=whole.id, change=form.change())
        except DomainError as error:
            _blame(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:customer", whole.id)
    return render(request, "workbench/customers/form.html", {"form": form, "whole": whole})


def identifiers(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """By what a customer is recognised: add one, take one away."""
    whole = queries.whole_for(request.viewer, customer_id)
    form = IdentifierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_identifier(viewer=request.viewer, customer_id=whole.id, **form.cleaned_data)
        except DomainError as error:
            _blame(form, error, "value")
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:customer-identifiers", whole.id)
    return render(request, "workbench/customers/identifiers.html", {"form": form, "whole": whole})


@require_POST
def remove_identifier(request: DoorRequest, customer_id: UUID, identifier_id: UUID) -> HttpResponse:
    """Let an identifier point at nobody."""
    services.remove_identifier(viewer=request.viewer, customer_id=customer_id, identifier_id=identifier_id)
    messages.success(request, _("The identifier points at nobody now."))
    return redirect("desk:customer-identifiers", customer_id)


def merge(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """Both customers side by side, what they would be together, and the deed."""
    other = _uuid(request.POST.get("other") or request.GET.get("other"))
    request.viewer.require("customers.merge")
    if request.method == "POST" and other:
        made = services.merge(
            viewer=request.viewer,
            kept_id=customer_id,
            absorbed_id=other,
            reason=request.POST.get("reason", ""),
        )
        undo_at = reverse("desk:merge-undo", args=[made.pk])
        messages.success(request, _("They are one customer now."), extra_tags=f"undo:{undo_at}")
        return redirect("desk:customer", made.kept_id)
    context: dict[str, Any] = {
        "whole": queries.whole_for(request.viewer, customer_id),
        **_candidates(request, customer_id),
    }
    if other:
        context["preview"] = queries.preview_for(request.viewer, customer_id, other)
        context["conflicts"] = _conflicts(context["preview"], request.viewer)
    return render(request, "workbench/customers/merge.html", context)


def history(request: DoorRequest, customer_id: UUID) -> HttpResponse:
    """The records of a whole and the merges that made it, each with its undo."""
    whole = queries.whole_for(request.viewer, customer_id)
    merges = queries.merges_for(request.viewer, whole)
    titles = queries.titles_for(
        request.viewer, {id_ for one in merges for id_ in (one.kept_id, one.absorbed_id)}
    )
    lines = [(one, titles.get(one.kept_id, ""), titles.get(one.absorbed_id, "")) for one in merges]
    return render(
        request,
        "workbench/customers/history.html",
        {"whole": whole, "merges": lines, **_rights(request.viewer)},
    )


@require_POST
def undo_merge(request: DoorRequest, merge_id: UUID) -> HttpResponse:
    """Take a merge back."""
    made = services.undo(viewer=request.viewer, merge_id=merge_id)
    messages.success(request, _("Both customers are back, each with its whole history."))
    return redirect("desk:customer", made.kept_id)


@require_POST
def bulk(request: DoorRequest) -> HttpResponse:
    """A deed on the chosen customers."""
    chosen = [one for one in map(_uuid, request.POST.getlist("id")) if one]
    if request.POST.get("deed") == "merge" and len(chosen) == 2:
        return redirect(f"{reverse('desk:customer-merge', args=[chosen[0]])}?other={chosen[1]}")
    if request.POST.get("deed") == "merge":
        messages.warning(request, _("Choose the two customers that are one."))
        return redirect("desk:customers")
    owner = "" if request.POST.get("deed") == "release" else request.viewer.staff_id
    count = sum(
        services.update(viewer=request.viewer, customer_id=one, change=Change(owner_id=owner))
        for one in chosen
    )
    said = ngettext("%(count)d customer was changed.", "%(count)d customers were changed.", count)
    messages.success(request, said % {"count": count})
    return redirect("desk:customers")


@require_POST
def save_view(request: DoorRequest) -> HttpResponse:
    """Keep the list as it is arranged."""
    query = request.POST.get("query", "").removeprefix("?")
    name = request.POST.get("name", "").strip()
    if name:
        core_services.save_view(viewer=request.viewer, page="customers", name=name, query=query)
        messages.success(request, _("The view is kept."))
    return redirect(f"{reverse('desk:customers')}?{query}")


def export(request: DoorRequest) -> StreamingHttpResponse:
    """What the list shows, as CSV; the reading is written down."""
    viewer, given = request.viewer, request.GET.copy()
    listing = _listing(given)

    def page(cursor: str | None) -> tuple[list[exports.Row], str | None]:
        part = lists.page_for(
            viewer, _criteria(viewer, given), within=_narrowed(viewer, given)[1], order=listing.sort, cursor=cursor,
            size=exports.PAGE_ROWS,
        )  # fmt: skip
        return [
            [item.id, item.title, item.kind, item.tally.last_seen_at and item.tally.last_seen_at.isoformat(),
             item.tally.orders, item.tally.spent, int(item.simulated)]
            for item in part.items
        ], part.next  # fmt: skip

    headings = [_("Id"), _("Customer"), _("Kind"), _("Last seen"), _("Orders"), _("Spent"), _("Simulated")]
    return exports.download(viewer, "customers", headings, page)


def _listing(given: QueryDict) -> Listing:
    fillings = slots.fillings("customers.column")
    extra = [Column(_slug(one.name), one.facts.get("label", one.name), numeric=True) for one in fillings]
    columns = (*COLUMNS[:4], *extra, *COLUMNS[4:])
    return Listing.of(given, columns, name="customers", sort=lists.DEFAULT_ORDER, bulk=True)


def _slug(name: str) -> str:
    return name.replace(".", "_")


def _extra(viewer: Viewer, root_ids: list[UUID]) -> dict[str, Mapping[Any, Any]]:
    """The columns that other packages fill: one query each."""
    shown: dict[str, Mapping[Any, Any]] = {}
    for filling in slots.fillings("customers.column"):
        values = filling.query(viewer, root_ids) if filling.query and root_ids else {}
        shown[_slug(filling.name)] = values or {}
    return shown


def _criteria(viewer: Viewer, given: QueryDict) -> Criteria:
    days = given.get("seen", "")
    quiet = given.get("quiet", "")
    return Criteria(
        text=given.get("q", "").strip()[:200],
        kind=given.get("kind", "") if given.get("kind") in ("person", "firm") else "",
        store_id=_uuid(given.get("store")),
        owner_id=viewer.staff_id if given.get("owner") == "me" else _uuid(given.get("owner")),
        seen_after=viewer.now - timedelta(days=int(days)) if days in map(str, SEEN_DAYS) else None,
        seen_before=viewer.now - timedelta(days=int(quiet)) if quiet in map(str, SEEN_DAYS) else None,
        bought={"yes": True, "no": False}.get(given.get("bought", "")),
        visitors=given.get("visitors") == "1",
    )


def _narrowed(viewer: Viewer, given: QueryDict) -> tuple[list[dict[str, str]], list[QuerySet[Any]]]:
    """What other packages read from the address: chips that say so, and queries of the customers that they leave."""
    chips, within = [], []
    for shown in slots.shown("customers.filter", viewer, given):
        within.append(shown.variables["roots"])
        rest = given.copy()
        for name in (*shown.filling.facts.get("parameters", ()), "cursor"):
            rest.pop(name, None)
        chips.append({"label": shown.variables["label"], "href": f"?{rest.urlencode()}"})
    return chips, within


def _total(
    viewer: Viewer,
    given: QueryDict,
    criteria: Criteria,
    found: queries.Found | None,
    within: Sequence[QuerySet[Any]],
    part: Page[lists.Listed],
) -> Any:
    """How many fit: the planner's guess where they are many, counted where they are few or somebody insists; a list of
    one page counts itself."""
    if not part.next and not part.previous:
        return None
    if "exact" in given or found:
        count = (
            part.total
            if part.total is not None
            else lists.count_for(viewer, criteria, found=found, within=within)
        )
        return {"count": count, "exact": True, "more": bool(found and found.more)}
    # Who goes from page to page, or comes back to a list, need not have it guessed anew each time.
    asked = "&".join(
        f"{name}={given[name]}" for name in sorted(given) if name not in ("cursor", "sort", "columns")
    )
    key = f"customers:{viewer.tenant}:{viewer.staff_id}:{asked}"
    key, kept = hashlib.sha256(key.encode()).hexdigest(), caches["process"]
    total = kept.get(key)
    if total is None:
        total = paging.total(lists.customers_for(viewer, criteria, within=within))
        if not total["exact"]:
            kept.set(key, total, TOTAL_SECONDS)
    return total


def _choices(given: QueryDict, stores: Sequence[tuple[UUID, str]], kept: Sequence[Any]) -> dict[str, Any]:
    query = given.copy()
    query.pop("cursor", None)
    here = query.urlencode()
    ready = [("", _("All")), ("owner=me", _("Mine")), ("kind=firm", _("Firms")), ("quiet=90", _("Quiet for 90 days")),
             ("visitors=1", _("With visitors"))]  # fmt: skip
    named = [*ready, *((view.query, view.name) for view in kept)]
    return {
        "stores": stores,
        "store_names": dict(stores),
        "given": given,
        "here": here,
        "seen_days": [(days, _("Seen in {days} days").format(days=days)) for days in SEEN_DAYS],
        "views": [
            {"label": label, "href": f"?{address}", "current": address == here} for address, label in named
        ],
        "bulk": _deeds(),
    }


def _deeds() -> list[dict[str, str]]:
    action = reverse("desk:customers-bulk")
    return [
        {"label": _("Look after them"), "action": action, "name": "deed", "value": "take"},
        {"label": _("Leave them to nobody"), "action": action, "name": "deed", "value": "release"},
        {"label": _("Merge two"), "action": action, "name": "deed", "value": "merge"},
    ]


def _timeline(request: DoorRequest, root_id: UUID, record_ids: list[UUID]) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    page = queries.timeline_for(
        request.viewer, record_ids, types=timeline.patterns_of(kind), cursor=request.GET.get("cursor") or None
    )
    return {
        "root_id": root_id,
        "lines": timeline.lines(page.items),
        "next": page.next,
        "kind": kind,
        "kinds": TIMELINE_KINDS,
    }


def _rights(viewer: Viewer) -> dict[str, bool]:
    return {
        "may_write": viewer.may("customers.write"),
        "may_merge": viewer.may("customers.merge"),
        "may_export": viewer.may("customers.export"),
        "may_see_access": viewer.may("access.read"),
    }


def _column(shown: slots.Shown) -> str:
    return str(shown.variables.get("column") or shown.filling.facts.get("column", "means"))


def _facts(whole: Whole, viewer: Viewer) -> list[dict[str, Any]]:
    """Identifiers first, then what else is known, each with its source and time."""
    facts: list[dict[str, Any]] = [
        {"label": one.label, "value": one.shown, "source": _source(one.source, verified=one.verified_at is not None),
         "at": one.recorded_at, "sealed": one.value is None}
        for one in whole.identifiers
    ]  # fmt: skip
    labels = {one.name: one.label for one in queries.definitions_for(viewer)} if _has_own(whole) else {}
    if whole.root.source_key:
        facts.append({"label": _("Source key"), "value": whole.root.source_key})
    for name, fact in whole.facts.items():
        if name not in ("name", "home_store", "label"):
            facts.append(
                {
                    "label": labels.get(name, name),
                    "value": _worded(fact.value),
                    "source": _source(fact.source),
                    "at": _at(fact),
                }
            )
    if whole.root.home_store:
        facts.append({"label": _("Home store"), "value": whole.root.home_store.name})
    if whole.root.owner:
        facts.append({"label": _("Looked after by"), "value": whole.root.owner.name})
    return facts


def _has_own(whole: Whole) -> bool:
    return bool(set(whole.facts) - {"name", "label", "home_store"})


def _at(fact: Any) -> Any:
    return datetime.fromisoformat(fact.happened_at) if fact.happened_at else None


def _worded(value: object) -> object:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return value


def _source(source: str, *, verified: bool = False) -> str:
    names = {
        "staff": _("staff"),
        "import": _("import"),
        "event": _("event"),
        "api": _("API"),
        "till": _("till"),
    }
    said = names.get(source, source)
    return f"{said}, {_('verified')}" if verified else said


def _form(request: DoorRequest, **named: Any) -> CustomerForm:
    viewer = request.viewer
    return CustomerForm(
        request.POST or None,
        stores=[(str(store.pk), store.name) for store in core_queries.stores_for(viewer)],
        staff=[(str(member.pk), member.name) for member in core_queries.staff_for(viewer) if member.active],
        definitions=queries.definitions_for(viewer),
        **named,
    )


def _initial(whole: Whole) -> dict[str, Any]:
    root = whole.root
    own = {
        OWN + name: fact.value
        for name, fact in whole.facts.items()
        if name not in ("name", "label", "home_store")
    }
    return {"kind": root.kind, "name": whole.name or "", "label": root.label,
    "home_store": str(root.home_store_id or ""),
            "owner": str(root.owner_id or ""), **own}  # fmt: skip


def _blame(form: Any, error: DomainError, fallback: str | None = None) -> None:
    field = error.field if error.field in form.fields else fallback
    if error.field and OWN + error.field in form.fields:
        field = OWN + error.field
    form.add_error(field, str(error))


def _candidates(request: DoorRequest, customer_id: UUID) -> dict[str, Any]:
    """Customers found by a text, from whom the other one is chosen."""
    text = request.GET.get("q", "").strip()
    if not text:
        return {"candidates": []}
    found = lists.page_for(request.viewer, Criteria(text=text, visitors=True), size=11)
    return {"candidates": [one for one in found.items if one.id != customer_id][:10], "q": text}


def _conflicts(preview: queries.Preview, viewer: Viewer) -> list[dict[str, Any]]:
    labels = {"name": _("Name"), "label": _("Label"), "home_store": _("Home store")}
    labels |= {one.name: one.label for one in queries.definitions_for(viewer)}
    return [
        {
            "label": labels.get(one.field, one.field),
            "counts": one.counts.value,
            "others": [fact.value for fact in one.others],
        }
        for one in preview.conflicts
    ]


def _uuid(given: str | None) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None
