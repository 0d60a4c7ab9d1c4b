"""Trigraph: events start workflows, workers walk them, every step is recorded."""
