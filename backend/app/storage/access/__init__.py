"""Statements on API keys, sessions and the audit."""
