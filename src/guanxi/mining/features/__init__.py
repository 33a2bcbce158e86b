"""Features: Ibis expressions from tables of the lake to one row for each customer, the same on every
engine."""
