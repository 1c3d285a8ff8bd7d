"""Events folded into tables: state, facts and status, each rebuilt from the log alone."""
