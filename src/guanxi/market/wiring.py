"""What the market plugs into the house, by noun."""
