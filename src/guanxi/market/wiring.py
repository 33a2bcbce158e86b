"""What the market plugs into the house, by noun."""

from guanxi.market.campaigns import wiring as campaigns
from guanxi.market.offers import plugs as offers
from guanxi.market.past import wiring as past
from guanxi.market.segments import wiring as segments

__all__ = ["campaigns", "offers", "past", "segments"]

offers.plug()
