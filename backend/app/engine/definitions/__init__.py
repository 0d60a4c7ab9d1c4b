"""Definitions: checked, compiled, registered."""
