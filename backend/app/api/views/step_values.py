"""Parts of the values of a step by their paths, for values that are too large to be read whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

from app.api.http.responses import Shown
from app.errors import InvalidInput, NotFound
from app.storage.json_text import JsonText, dumps, write_object
from app.storage.pages import SMALL_DOCUMENT
from app.why.fields import type_of

#: Bytes of a value of a step above which it is read by its parts.
LARGE_VALUE = 256 * 1024
#: Characters of a text on one page.
TEXT_PAGE = 64 * 1024


class StepValue(str, Enum):
    """A value of a step."""

    INPUT = "input"
    PARAMETERS = "parameters"
    OUTPUT = "output"
    ERROR = "error"


@dataclass(frozen=True)
class Part:
    """One page of a part of a value; ``more``: another page follows."""

    shown: Shown
    end: int
    more: bool


def leave_out_large(shown: Shown) -> Shown:
    """A step as it is shown, whose large values are null with their bytes beside them."""
    texts = {value.value: shown[value.value] for value in StepValue}
    sizes = {name: len(text.encode()) for name, text in texts.items() if isinstance(text, JsonText)}
    large = {name: size for name, size in sizes.items() if size > LARGE_VALUE}
    return {**shown, **dict.fromkeys(large), **{f"{name}_bytes": size for name, size in large.items()}}


def build_part(value: Any, path: str, *, start: int, limit: int) -> Part:
    """
    The part of a value at a JSON Pointer: its entries, or its text, from ``start`` on.

    Raises InvalidInput for a path that is not a JSON Pointer, NotFound where the value has no such part.
    """
    part = _follow(value, path)
    size = _size_of(part)
    end = min(start + (TEXT_PAGE if isinstance(part, str) else limit), size or 0)
    shown = {"path": path, "kind": type_of(part), "size": size, "bytes": len(dumps(part))}
    if isinstance(part, (dict, list)):
        entries = "[" + ",".join(write_object(_show_entry(*each)) for each in islice(_entries(part), start, end)) + "]"
        return Part({**shown, "value": None, "entries": JsonText(entries)}, end, end < len(part))
    value = part[start:end] if isinstance(part, str) else part
    return Part({**shown, "value": value, "entries": []}, end, end < (size or 0))


def _follow(value: Any, path: str) -> Any:
    if path and not path.startswith("/"):
        raise InvalidInput(f"The path {path[:100]!r} is not a JSON Pointer; it begins with / or is empty.")
    for key in path.split("/")[1:]:
        value = _member(value, key.replace("~1", "/").replace("~0", "~"), path)
    return value


def _member(value: Any, key: str, path: str) -> Any:
    if isinstance(value, dict) and key in value:
        return value[key]
    # No list has an index of more than nine digits.
    is_index = key.isascii() and key.isdigit() and len(key) < 10
    if isinstance(value, list) and is_index and int(key) < len(value):
        return value[int(key)]
    raise NotFound(f"The value has no part at {path[:200]!r}.")


def _entries(part: dict[str, Any] | list[Any]) -> Iterator[tuple[str | int, Any]]:
    yield from part.items() if isinstance(part, dict) else enumerate(part)


def _show_entry(key: str | int, value: Any) -> Shown:
    text = dumps(value)
    is_small = len(text) <= SMALL_DOCUMENT
    return {
        "key": key,
        "kind": type_of(value),
        "size": _size_of(value),
        "value": JsonText(text) if is_small else None,
        "bytes": None if is_small else len(text),
    }


def _size_of(value: Any) -> int | None:
    """The entries of an object or an array, and the characters of a text."""
    return len(value) if isinstance(value, (dict, list, str)) else None
