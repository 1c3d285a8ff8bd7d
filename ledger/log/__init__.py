"""Bytes and proofs of the log. Pure: no clock, no randomness, no SQL, no knowledge of claims.

==================  =============================================================================
``wire``            base64, digests, times and DSSE's PAE, each in one spelling
``canonical``       canonical JSON: RFC 8785 under limits
``entry``           events, signatures over them, and the entries that hold them
``chain``           entries that follow each other
``keys``            signing, checking, possession proofs, key files
``note``            signed notes and the keys that sign them (C2SP signed-note)
``checkpoint``      size and root of the log, signed by it and by witnesses
``policy``          which witnesses must agree (C2SP tlog-policy)
``merkle``          the RFC 6962 tree over the entries, and proofs in it
``tiles``           the published form of tree and entries (C2SP tlog-tiles)
``proof``           proof files for one entry (C2SP tlog-proof)
``disclosure``      values that may be erased: RFC 9901
==================  =============================================================================

The format is specified where it is encoded: each module's docstring gives fields, bytes, hashes
and one worked example, which the tests run. ``docs/format.md`` says the same for authors of other
verifiers.

Each reader accepts one spelling and raises errors of ``ledger.errors``. No check returns a flag
that a caller could forget: a failed check raises.
"""
