"""Queries on the projections: history, search, differences, the calendar, related entries."""
