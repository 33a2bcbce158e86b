"""What offers plug into the house: events, what they hear, sight, deeds, pages."""

from django.utils.translation import gettext_lazy as _

from guanxi.core import bus, catalogue, schemas, visibility
from guanxi.core.catalogue import Deed, ValueType
from guanxi.market.offers import folds
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
