"""Changes of an event or of a rule, and documents with changes applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.logic.pointer import child
from app.why.wording.names import show_path, show_value

#: A text for a place where any text is enough.
ANY_TEXT: Final = "any value"
#: Stands for a value that is not there.
ABSENT: Final[Any] = type("Absent", (), {"__repr__": lambda self: "absent"})()


@dataclass(frozen=True)
class Change:
    """One value replaced, added or removed."""

    #: A JSON Pointer into the event or the rule.
    pointer: str
    words: str
    #: The value before, and the one after; ABSENT: the key is added, or removed.
    before: Any = ABSENT
    after: Any = ABSENT
    #: In an event: the path of the value.
    path: str | None = None


@dataclass(frozen=True)
class Flip:
    """Changes that turn the answer of a rule together; applied, and evaluated again."""

    target: Literal["event", "trigger"]
    changes: tuple[Change, ...]
    #: How far the changes are from what is there; smaller ones come first.
    cost: float = 0.0
    #: True if it only corrects paths of the rule that the event does not have.
    is_renaming: bool = False


def with_value(document: Any, path: Sequence[str], value: Any) -> Any:
    """
    A document with a value set at a path, or removed if it is ABSENT; what is not changed is shared.

    Objects on the way are made where there is none. Raises LookupError if a list has no such place.
    """
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(document, (list, tuple)):
        items = [*document]
        place = int(key) if key.isdecimal() else len(items) + 1
        if place > len(items):
            raise LookupError(key)
        if value is ABSENT and not rest:
            del items[place]
        else:
            items[place : place + 1] = [with_value(items[place] if place < len(items) else None, rest, value)]
        return items
    members = dict(document) if isinstance(document, dict) else {}
    if value is ABSENT and not rest:
        members.pop(key, None)
    else:
        members[key] = with_value(members.get(key), rest, value)
    return members


def value_at(document: Any, path: Sequence[str]) -> Any:
    """The value at a path, or ABSENT."""
    for key in path:
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, (list, tuple)) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        else:
            return ABSENT
    return document


def describe_event_changes(payload: Any, values: Mapping[tuple[str, ...], Any]) -> list[Change]:
    """
    The changes that give these paths these values.

    Where an object on the way is not there, the change adds it with what it holds, so that each pointer leads to a
    place whose parent exists.
    """
    changed = payload
    places: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for path, value in values.items():
        changed = with_value(changed, path, value)
        places.setdefault(_existing_place(payload, path), []).append(path)
    changes = []
    for place, paths in places.items():
        words = " and ".join(_describe_change(payload, path, values[path]) for path in paths)
        pointer = ""
        for part in place:
            pointer = child(pointer, part)
        before, after = value_at(payload, place), value_at(changed, place)
        changes.append(Change(pointer, words, before, after, ".".join(place)))
    return changes


def _existing_place(payload: Any, path: tuple[str, ...]) -> tuple[str, ...]:
    """The longest start of the path whose parent exists."""
    for length in range(len(path)):
        if not isinstance(value_at(payload, path[:length]), (dict, list, tuple)):
            return path[:length]
    return path


def _describe_change(payload: Any, path: tuple[str, ...], value: Any) -> str:
    name, before = show_path(path), value_at(payload, path)
    if value is ABSENT:
        return f"remove {name} (now {show_value(before)})"
    if before is ABSENT:
        return f"add {name} with {_show_new(value)}"
    return f"change {name} from {show_value(before)} to {_show_new(value, before)}"


def _show_new(value: Any, before: Any = None) -> str:
    """A new value in words; one that was made up is not quoted."""
    if value == ANY_TEXT:
        return ANY_TEXT
    return "another value" if isinstance(before, str) and value == other_text(before) else show_value(value)


def other_text(value: str) -> str:
    """A text that differs from one."""
    return f"not {value}" if value else ANY_TEXT
