"""Captured files that claims cite, and the quotes that stand in them."""
