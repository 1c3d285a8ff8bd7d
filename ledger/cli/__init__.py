"""The command line: parse, call one verb of :class:`ledger.Ledger`, print through ``output``."""
