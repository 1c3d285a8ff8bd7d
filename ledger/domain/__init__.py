"""What the law means, without any I/O: dates, claims, events, rules and the status they give.

Nothing here reads a clock, a file or a database, and nothing knows a particular field of law.
"""
