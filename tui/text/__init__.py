"""Text that screens show: answers of the ledger in words, styled, without any widget."""
