"""What the market plugs into the house, by noun."""

from guanxi.core import bus, schemas
from guanxi.market.campaigns import wiring as campaigns
from guanxi.market.offers import plugs as offers
from guanxi.market.segments import event_schemas, marking

__all__ = ["campaigns"]

offers.plug()
for schema in event_schemas.SCHEMAS:
    schemas.register(schema)
bus.fold("*", marking.mark)
