"""JSON Pointers (RFC 6901), which name a place in a document."""

from __future__ import annotations

from typing import Any


def child(pointer: str, key: Any) -> str:
    """The pointer of a member of the value at this pointer."""
    text = printable(str(key)).replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{text}"


def printable(text: str) -> str:
    """A text that can be written as UTF-8: lone surrogates are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
