"""Import of past campaigns, of whom they addressed, and of their coupons."""
