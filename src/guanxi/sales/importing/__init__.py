"""What files bring into sales: products, order lines, coupons redeemed. One module a target, each with apply and undo."""
