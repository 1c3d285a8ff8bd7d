"""How fast and how small: one module for each question, each with its floor beside it.

``python -m benchmarks [--size N] [QUESTION ...]``; see ``docs/performance.md``.
"""
