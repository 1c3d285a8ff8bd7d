"""Checking a ledger without believing it: one pass over any source of entries, and a report."""
