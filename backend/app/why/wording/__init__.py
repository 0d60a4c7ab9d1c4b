"""Clauses in plain sentences."""
