"""Proofs of one entry: inclusion, evidence packs, and the time bounds that others vouch for."""
