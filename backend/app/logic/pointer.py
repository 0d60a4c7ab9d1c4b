"""JSON Pointers (RFC 6901), which name a place in a document."""

from __future__ import annotations

from typing import Any


def child(pointer: str, key: Any) -> str:
    """The pointer of a member of the value at this pointer."""
    text = printable(str(key)).replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{text}"


def printable(text: str) -> str:
    """A text that can be written as UTF-8: lone surrogates are written as escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def follow_pointer(document: Any, pointer: str) -> Any:
    """The value at a place of a document. Raises LookupError if there is none."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, (list, tuple)):
            document = document[int(key)]
        elif isinstance(document, dict):
            document = document[key] if key in document else _by_text(document, key)
        else:
            raise LookupError(pointer)
    return document


def _by_text(document: dict[Any, Any], text: str) -> Any:
    """The member whose key has this text, which is not a text itself, or cannot be written as it is."""
    return next(value for key, value in document.items() if printable(str(key)) == text)


def replaced_at(document: Any, pointer: str, value: Any) -> Any:
    """
    A copy of the document with another value at this pointer; the last key may be missing.

    Raises LookupError where the way there does not exist.
    """
    if not pointer:
        return value
    first, _, rest = pointer[1:].partition("/")
    key = first.replace("~1", "/").replace("~0", "~")
    inner = f"/{rest}" if "/" in pointer[1:] else ""
    if isinstance(document, list):
        index = int(key)
        return [*document[:index], replaced_at(document[index], inner, value), *document[index + 1 :]]
    if inner and key not in document:
        raise LookupError(pointer)
    return {**document, key: replaced_at(document.get(key), inner, value)}
