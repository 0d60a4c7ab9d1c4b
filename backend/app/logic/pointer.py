"""JSON Pointers (RFC 6901), which say where in a document something stands."""

from __future__ import annotations

from typing import Any


def child(pointer: str, key: Any) -> str:
    """The pointer of a member of what this pointer leads to."""
    text = printable(str(key)).replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{text}"


def printable(text: str) -> str:
    """A text that can be written as UTF-8: lone surrogates are spelled out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
