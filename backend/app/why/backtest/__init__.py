"""Backtests: what a rule would have decided on the events of the past, and what it would have started."""
