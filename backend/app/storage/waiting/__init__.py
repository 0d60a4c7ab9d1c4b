"""Statements about what steps wait for."""
