"""Tables of the market, by noun."""

from guanxi.market.models.offers import (
    BenefitKind,
    CodeKind,
    Coupon,
    CouponUse,
    Offer,
    OfferKind,
    OfferRefusal,
    OfferState,
    UseState,
)
from guanxi.market.models.segments import Membership, Segment

__all__ = [
    "BenefitKind",
    "CodeKind",
    "Coupon",
    "CouponUse",
    "Membership",
    "Offer",
    "OfferKind",
    "OfferRefusal",
    "OfferState",
    "Segment",
    "UseState",
]
