"""Backtests in Postgres: what is to be evaluated, what was counted, and the events of each set."""
