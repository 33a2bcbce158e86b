"""Views that belong to no door."""
