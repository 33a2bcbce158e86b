"""Tables of the market, by noun."""

from guanxi.market.models.campaigns import Campaign, Effect, Move, Portion, Recipient, Round, Simulation
from guanxi.market.models.offers import BenefitKind, CodeKind, Coupon, CouponUse, Offer, OfferKind, OfferRefusal, OfferState, UseState
from guanxi.market.models.segments import CustomerList, Due, Feature, Ground, Happening, ListEntry, Mark, Membership, Segment, SegmentDay, Standing, StateSince

__all__ = [
    "BenefitKind",
    "Campaign",
    "CodeKind",
    "Coupon",
    "CouponUse",
    "CustomerList",
    "Due",
    "Effect",
    "Feature",
    "Ground",
    "Happening",
    "ListEntry",
    "Mark",
    "Membership",
    "Move",
    "Offer",
    "OfferKind",
    "OfferRefusal",
    "OfferState",
    "Portion",
    "Recipient",
    "Round",
    "Segment",
    "SegmentDay",
    "Simulation",
    "Standing",
    "StateSince",
    "UseState",
]
