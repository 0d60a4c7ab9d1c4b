"""Definitions: validation, compilation, registration."""
