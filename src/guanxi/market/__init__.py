"""What to offer to whom: segments, offers and coupons, campaigns with control groups."""
