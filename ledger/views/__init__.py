"""Projections of the log, and the questions asked of them.

``state`` folds claims, actors and definitions in the append's own transaction, because the rules
need them; ``status`` follows after the commit with a position of its own. Everything here can be
dropped and rebuilt from the entries (``base.rebuild``).
"""
