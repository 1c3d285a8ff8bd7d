"""Events folded into tables: the rules' state, the facts and the status of each cell."""
