"""The library: open a ledger, and everything that can be done with it."""
