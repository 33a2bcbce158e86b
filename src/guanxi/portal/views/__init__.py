"""Views of the front door, by domain."""
