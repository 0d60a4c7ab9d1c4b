"""How documents name nodes and handles: as text, whatever type of JSON they were written in."""

from __future__ import annotations

import reprlib
from typing import Any

#: Longer names do not fit into an index of Postgres.
LONGEST_NAME = 500
#: So many names are listed in a message.
_SHOWN = 10


def as_id(value: Any) -> str | None:
    """The id of a node, text or a whole number, as text; None where the value can't be an id."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value) or None


def as_handle(value: Any) -> str | None:
    """
    A handle, or the label of a case, as text: 1 and "1" are the same, and so are true and "true".

    None where there is none, or where the value can't be one.
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) or None if isinstance(value, (str, int, float)) else None


def is_storable(text: str) -> bool:
    """Postgres keeps no NUL and no half of a surrogate pair, and an index no very long text."""
    return len(text) <= LONGEST_NAME and "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def listed(names: list[str], between: str = ", ") -> str:
    """The names for a message; of very many, the first."""
    if len(names) <= _SHOWN:
        return between.join(names)
    return f"{between.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"


def quote(value: Any) -> str:
    """A value that may be anything, for a message."""
    return reprlib.repr(value)[:80]
