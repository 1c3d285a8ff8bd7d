"""Answers that leave the ledger: snapshots as JSON and CSV."""
