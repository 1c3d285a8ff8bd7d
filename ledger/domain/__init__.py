"""The law as data: claims and events as models, rules for recording them, and their status.

The models at this level are shared by two packages that do not know each other:

* ``rules``, the write side: may this event be recorded, and what does it change?
* ``resolve``, the read side: which status do the counting claims give a cell on a day?

Nothing here reads a clock, a file or a database, and nothing knows a particular field of law.
"""
