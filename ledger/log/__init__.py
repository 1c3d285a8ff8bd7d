"""Bytes and proofs of the log. Pure: no clock, no randomness, no SQL, and no idea what a claim is.

==================  =============================================================================
``wire``            base64, digests, times and DSSE's PAE, each in one spelling
``canonical``       canonical JSON: RFC 8785 under limits
``entry``           events, signatures over them, and the entries that hold them
``chain``           entries that follow each other
``keys``            signing, checking, possession proofs, key files
``note``            verifier keys of logs and witnesses (C2SP signed-note)
``merkle``          the RFC 6962 tree over the entries
``disclosure``      values that may be erased: RFC 9901
==================  =============================================================================

The format is specified where it is encoded: each module's docstring gives fields, bytes, hashes
and one worked example, which the tests run. ``docs/format.md`` tells the same to a stranger who
wants to write a verifier.

Each reader accepts one spelling of what it reads, and raises what ``ledger.errors`` names. Nothing
returns a flag that could be forgotten: what does not verify raises.
"""
