"""Forms of the front door, by domain."""
