"""What the market plugs into the house, by noun."""

from guanxi.market.campaigns import wiring as campaigns

__all__ = ["campaigns"]
