"""Guanxi (关系): one house, two doors. See docs/explanation/architecture.md for the plan of the house."""
