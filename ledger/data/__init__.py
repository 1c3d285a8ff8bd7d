"""Data that ships with the library: the starter taxonomy and the sample ledgers.

Nothing here is code. ``taxonomy.json`` is what a new ledger adopts at its birth; ``pakistan/``,
``world/`` and ``schools/`` are the samples that ``regledger demo`` replays, as described at the top
of ``pakistan/script.yaml``.
"""
