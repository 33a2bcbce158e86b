"""What files bring into sales: products, order lines, coupons. One module a target, each with apply and undo."""
