"""The terminal application over one ledger. It uses :class:`ledger.Ledger` and nothing below it."""
