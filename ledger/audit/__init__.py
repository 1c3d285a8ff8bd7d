"""Checking a ledger without believing it: verification, and what this machine saw before."""
