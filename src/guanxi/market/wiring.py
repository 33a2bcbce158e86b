"""What the market plugs into the house, by noun."""

from guanxi.market.past import wiring as past

__all__ = ["past"]
