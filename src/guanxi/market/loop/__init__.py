"""The loop report: what came in, who they are, what was tried, what it did, and what to try next, on one page."""
