"""Names of nodes and handles as text, whatever their type in JSON is, and values in messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from app.logic.pointer import printable

#: Characters of a name; longer ones do not fit into an index of Postgres.
LONGEST_NAME = 500
#: Names that a message lists.
_SHOWN = 10
#: Characters of a value that a message shows, items of a list or object, and levels.
_SHOWN_CHARACTERS = 80
_SHOWN_ITEMS = 4
_SHOWN_LEVELS = 3


def as_id(value: Any) -> str | None:
    """The id of a node, text or a whole number, as text; None if the value cannot be an id."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value) or None


def as_handle(value: Any) -> str | None:
    """
    A handle, or the label of a case, as text: 1 and "1" are the same, and so are true and "true".

    None if the value is absent or cannot be a handle.
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) or None if isinstance(value, (str, int, float)) else None


def is_storable(text: str) -> bool:
    """True for a text that Postgres can store and index: without NUL and lone surrogates, and not too long."""
    return len(text) <= LONGEST_NAME and has_storable_characters(text)


def has_storable_characters(text: str) -> bool:
    """True for a text without NUL and lone surrogates, which Postgres cannot store."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def listed(names: list[str], between: str = ", ") -> str:
    """The names for a message; of very many, the first."""
    if len(names) <= _SHOWN:
        return between.join(names)
    return f"{between.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"


def quote(value: Any) -> str:
    """A value of any type for a message: as JSON, in at most 80 characters, so ``true``, ``null`` and ``"text"``."""
    text = printable(_as_json(value, _SHOWN_LEVELS))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def _as_json(value: Any, levels: int) -> str:
    if isinstance(value, str):
        shown = value if len(value) <= _SHOWN_CHARACTERS - 2 else f"{value[: _SHOWN_CHARACTERS - 3]}…"
        return json.dumps(shown, ensure_ascii=False)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 8 * _SHOWN_CHARACTERS:
        return "a number of many digits"
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if not isinstance(value, (Mapping, list, tuple)):
        return f"a {type(value).__name__}"
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    parts = [*islice(_shown_parts(value, levels - 1), _SHOWN_ITEMS)] if levels else ["…"] if value else []
    more = ["…"] if levels and len(value) > _SHOWN_ITEMS else []
    return opening + ", ".join([*parts, *more]) + closing


def _shown_parts(value: Mapping[Any, Any] | Iterable[Any], levels: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        return (f"{_as_json(str(key), 0)}: {_as_json(part, levels)}" for key, part in value.items())
    return (_as_json(part, levels) for part in value)
