"""Tables of the market, by noun."""

from guanxi.market.models.campaigns import Campaign, Effect, Move, Portion, Recipient, Round, Simulation
from guanxi.market.models.segments import Membership, Segment

__all__ = [
    "Campaign",
    "Effect",
    "Membership",
    "Move",
    "Portion",
    "Recipient",
    "Round",
    "Segment",
    "Simulation",
]
