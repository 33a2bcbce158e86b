"""What staff see of sources, of what was set aside, and of the events that came."""
