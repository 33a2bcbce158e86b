"""Campaigns: planned set-wise, with a control group on record before anything is sent."""
