"""The read side: from the claims of a prefix of the log to the status of a cell on a day.

In the order in which data passes through the files:

1. ``facts``: the question (a :class:`~.facts.Cell`) and the claims it is answered from, indexed.
2. ``matching``: the claims that match the cell by jurisdiction, activity and addressee, the norms
   that support those, and the acts upon all of them.
3. ``imprecise_dates``: the choices of day to compute where date texts are imprecise; ``intervals``
   has the arithmetic of days.
4. ``amendments``, ``in_force``: the acts that have power and effect, and the days on which each
   norm is in force under one choice.
5. ``conflict``: which of the norms in force prevails: override, lex superior, lex specialis, lex
   posterior.
6. ``walked_back_statements``: which declarations and proposals are live, walked back or overtaken.
7. ``scenario``: norms and statements of one line (status or recognition) under one choice.
8. ``cell_line``: all choices merged into one answer, for any day and view; ``claims_on_cell``:
   the lines of a cell.
9. ``resolve``: the answer with every flag, cell by cell; ``timeline``: the answers of all days.

``explain`` puts an answer into words, ``calendar`` lists the changes to come (with ``claim_days``
and ``calendar_events``), ``cells_spoken_of`` finds the cells worth asking about, ``shared_work``
keeps what cells have in common, and ``status_values`` holds the values of an answer.
"""
