"""The screens: each reads through the ledger source and shows what it found."""
