"""What offers plug into the house: events, what they hear, sight, deeds, pages."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.core import bus, catalogue, schemas, slots, visibility
from guanxi.core.catalogue import Deed, ValueType
from guanxi.core.viewer import Viewer
from guanxi.market.offers import folds, queries
from guanxi.market.offers import jobs as _jobs  # noqa: F401  (registers the job)
from guanxi.market.offers.event_schemas import SCHEMAS
from guanxi.people import sight


def plug() -> None:
    """Register all of it."""
    for schema in SCHEMAS:
        schemas.register(schema)
    bus.fold("order.*", folds.on_orders)
    bus.fold("ledger.expired", folds.on_expired)
    for label in ("market.Coupon", "market.CouponUse"):
        visibility.contribute(label, predicate=lambda viewer: sight.reach(viewer, "customer__"))
    catalogue.deed(
        Deed(
            "market.grant_offer", _("Give an offer"), "guanxi.market.offers.services:grant",
            {"offer_id": ValueType.STRING, "key": ValueType.STRING}, purpose="offers",
        )
    )  # fmt: skip
    slots.register("desk.navigation", name="market.offers", query=_navigation, order=310)
    slots.register(
        "customer.panel", name="market.offers", query=_of_customer, template="workbench/offers/_panel.html",
        order=30, column="means",
    )  # fmt: skip
    slots.register(
        "me.panel", name="market.offers", query=_of_person, template="portal/_offers.html", order=20
    )
    slots.register("palette", name="market.offers", query=_found, order=40)


def _navigation(viewer: Viewer, subject: object) -> Mapping[str, Any] | None:
    if not viewer.may("offers.read"):
        return None
    return {
        "label": pgettext_lazy("things of value", "Offers"),
        "href": reverse("desk:offers"),
        "group": "Grow",
        "key": "f",
    }


def _of_customer(viewer: Viewer, whole: Any) -> Mapping[str, Any] | None:
    """What a customer has of offers, on their page."""
    if not viewer.may("offers.read"):
        return None
    held = queries.held_by(viewer, whole.record_ids)
    return (
        {
            "title": pgettext_lazy("things of value", "Offers"),
            "count": len(held),
            "held": held[:6],
            "older": held[6:],
        }
        if held
        else None
    )


def _of_person(viewer: Viewer, relation: Any) -> Mapping[str, Any] | None:
    """What a person has at an enterprise: `relation` is `consent.queries.Relation`."""
    held = [one for one in queries.held_by(viewer, relation.record_ids) if one.state != "over"]
    return {"title": _("What I have there"), "count": len(held), "held": held} if held else None


def _found(viewer: Viewer, text: str) -> Mapping[str, Any] | None:
    """Offers by name or shared code, for the command palette."""
    if len(text.strip()) < 2 or not viewer.may("offers.read"):
        return None
    rows = queries.offers_for(viewer, text=text.strip()).order_by("-created_at", "-id")[:5]
    entries = [{"label": row.name, "href": reverse("desk:offer", args=[row.pk])} for row in rows]
    return {"title": pgettext_lazy("things of value", "Offers"), "entries": entries}
