"""Import of whom a past campaign addressed: a campaign's key and a customer's."""

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
    "market_addressee",
    {"campaign_id": "uuid", "customer_id": "uuid"},
    "stored.campaign_id = staged.campaign_id AND stored.customer_id = staged.customer_id",
)


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Store one batch of rows as addressees."""
    campaigns = campaigns_of(viewer, rows)
    customers = places.customers(viewer, {row.values["customer_key"] for row in rows})

    def read(row: Row) -> tuple[UUID, tuple[Any, ...]] | str:
        campaign, customer = row.values["campaign_key"], row.values["customer_key"]
        if campaign not in campaigns:
            return _("There is no past campaign with the key {key}.").format(key=campaign)
        if customer not in customers:
            return _("There is no customer with the key {key}.").format(key=customer)
        id_ = id_of(viewer.tenant, "addressee", campaign, customer)
        return id_, (campaigns[campaign], customers[customer])

    return arrivals.store(viewer, KIND, rows, read=read, dry=dry)


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take addressees back."""
    return arrivals.take_back(viewer, KIND, outcomes)
