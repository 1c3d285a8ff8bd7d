"""Data that ships with the library: the starter taxonomy and the sample ledger.

Nothing here is code. ``taxonomy.json`` is what a new ledger adopts at its birth; ``pakistan/`` is
the sample that ``regledger demo`` replays, described at the top of ``pakistan/script.yaml``.
"""
