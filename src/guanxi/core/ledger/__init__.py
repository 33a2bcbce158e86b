"""The one ledger: points, coupons, tariffs, settlements. Append-only double entry over lots, never below zero.

An *account* holds amounts of one *unit* (points, uses of a coupon, money) for somebody. A *posting* is something that
happened, once under its key; its *entries* move amounts of *lots* from account to account, and add up to nothing. A
*position* is what an account holds of a lot: the database works it out from the entries and refuses one below zero.
"""
