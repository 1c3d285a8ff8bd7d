"""``python -m ledger`` is ``regledger``."""

from ledger.cli.main import run

run()
