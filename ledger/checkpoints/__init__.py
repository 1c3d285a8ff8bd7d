"""Checkpoints of a log: signed, published to storage, time-stamped, cosigned by witnesses."""
