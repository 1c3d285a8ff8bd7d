"""Proofs of one entry: inclusion, evidence packs, time bounds, and the report on it."""
