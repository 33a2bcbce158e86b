"""Measures: each of the twelve constructs is evaluated, explained, improved and verified through one
interface."""
