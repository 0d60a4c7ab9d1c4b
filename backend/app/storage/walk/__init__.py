"""Statements of the walk."""
