"""Segments: customers who meet a condition, kept up to date by what changes."""
