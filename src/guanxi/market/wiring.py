"""What the market plugs into the house, by noun."""

from guanxi.market.offers import plugs as offers

offers.plug()
