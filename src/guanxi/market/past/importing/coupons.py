"""Import of the coupons of past campaigns: a code, a campaign, and a product that it was good for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.core.identity import id_of
from guanxi.core.importing.targets import Outcome, Row
from guanxi.core.viewer import Viewer
from guanxi.market.past.importing import arrivals
from guanxi.market.past.importing.keys import campaigns_of
from guanxi.sales import places

KIND = arrivals.Kind(
    "market_pastcoupon",
    {"campaign_id": "uuid", "code": "text", "product_id": "uuid"},
    "stored.campaign_id = staged.campaign_id AND stored.code = staged.code AND stored.product_id = staged.product_id",
)


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as coupons; the same coupon for the same product counts once."""
    campaigns = campaigns_of(viewer, rows)
    products = places.articles(viewer, {row.values["product_key"] for row in rows})

    def read(row: Row) -> tuple[UUID, tuple[Any, ...]] | str:
        campaign, code, product = (row.values[name] for name in ("campaign_key", "code", "product_key"))
        if campaign not in campaigns:
            return _("There is no past campaign with the key {key}.").format(key=campaign)
        if product not in products:
            return _("There is no product with the key {key}.").format(key=product)
        id_ = id_of(viewer.tenant, "past-coupon", campaign, code, product)
        return id_, (campaigns[campaign], code, products[product].id)

    return arrivals.store(viewer, KIND, rows, read=read, dry=dry)


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take coupons back."""
    return arrivals.take_back(viewer, KIND, outcomes)
