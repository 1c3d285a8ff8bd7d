"""Checkpoints: signed, published, time-stamped, and cosigned by witnesses."""
