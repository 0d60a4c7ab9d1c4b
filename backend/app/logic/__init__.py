"""Expressions: JSONLogic rules, templates and redaction. Pure functions."""
