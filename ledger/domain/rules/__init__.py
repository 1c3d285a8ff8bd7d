"""The write side: may this event be recorded, and which changes of state follow?

``decide`` is the entry; it hands an event to ``administration`` (the ledger, its actors, keys and
roles), ``claims`` (claims and definitions) or ``review``. These read the ``state`` right before the
entry and return ``state_changes``. ``memory_state`` keeps a state in dictionaries.
"""
