"""Tables of the market, by noun."""

from guanxi.market.models.segments import Membership, Segment

__all__ = ["Membership", "Segment"]
