"""The front door: a person's own place, phone first."""
