"""How an answer is said, once for command line and terminal: words, symbols, order; no colours."""
