"""Tables of the market, by noun."""

from guanxi.market.models.segments import (
    CustomerList,
    Due,
    Feature,
    Ground,
    Happening,
    ListEntry,
    Mark,
    Membership,
    Segment,
    SegmentDay,
    Standing,
    StateSince,
)

__all__ = [
    "CustomerList",
    "Due",
    "Feature",
    "Ground",
    "Happening",
    "ListEntry",
    "Mark",
    "Membership",
    "Segment",
    "SegmentDay",
    "Standing",
    "StateSince",
]
