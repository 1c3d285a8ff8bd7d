"""Questions asked of the projections: history, differences, the calendar, search."""
