"""Views of the desk, by domain."""
