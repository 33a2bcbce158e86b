"""The enterprise's own past: campaigns that were run elsewhere, and what a matched comparison says they did."""
