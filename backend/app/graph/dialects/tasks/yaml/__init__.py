"""YAML text, read as the JSON that it means."""

from .read import read_yaml

__all__ = ["read_yaml"]
