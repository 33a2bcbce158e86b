"""Tables of the market, by noun."""

from guanxi.market.models.loop import LoopReport
from guanxi.market.models.past import Addressee, Faith, Hindsight, Measurable, PastCampaign, PastCoupon
from guanxi.market.models.segments import Membership, Segment

__all__ = [
    "Addressee",
    "Faith",
    "Hindsight",
    "LoopReport",
    "Measurable",
    "Membership",
    "PastCampaign",
    "PastCoupon",
    "Segment",
]
