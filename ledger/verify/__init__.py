"""Verifying a ledger without trusting its keeper: one pass over any source of entries, a report.

In the order of the pass:

- ``verify`` begins it, for a database or a published log, and decides at the end whether this is
  the ledger that is meant.
- ``database_source`` and ``published_source`` (with ``published_files``) read entries in pages and
  compare what a database or a published log keeps beside them; ``unsigned_columns`` compares the
  columns of a database that nobody signed.
- ``entry_checks`` checks each entry by itself: bytes, signature, schema, disclosures.
- ``entry_workers`` has that done for the pages ahead, on all cores.
- ``log_pass`` checks in order what depends on earlier entries: chain, keys, rules, tree.
  ``duplicate_events`` finds repeated events; ``pass_hashes`` keeps every hash of the pass.
- ``signed_notes`` checks checkpoints, cosignatures and time-stamps at the sizes they name.
- ``projection_check`` compares the views of a database with the replay.
- ``known_ledgers`` and ``rollback_memory`` remember which ledgers this machine trusts and how far
  it saw them; ``resume`` goes on from the end of the last good verification.
- ``report`` collects the failed checks and words the result.

``scratch_replay`` folds a whole log again to rebuild the views of a database.
"""
