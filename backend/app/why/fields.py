"""The paths that events have: their types, how often they are seen, examples, the least and the greatest value."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.logic.similar_paths import Path
from app.storage.event_sample import sample_payloads

#: Paths that are kept, levels, and elements of one list that are visited.
MOST_PATHS = 5_000
MOST_LEVELS = 12
MOST_ELEMENTS = 20
#: Examples of one path, and characters of a text that may be one.
MOST_EXAMPLES = 5
LONGEST_EXAMPLE = 200
#: Seconds for which one process remembers the paths of recent events.
MAX_AGE = 10.0
#: Stands in a path for any element of a list.
ELEMENT = "[]"


@dataclass
class Field:
    """What a sample of events has at one path."""

    path: str
    #: Values by their type: null, boolean, number, string, array or object.
    types: Counter[str] = field(default_factory=Counter)
    #: Events that have the path.
    events: int = 0
    examples: list[Any] = field(default_factory=list)
    #: Of numbers, or else of texts; None: there are none.
    least: Any = None
    greatest: Any = None


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array"


def collect_fields(payloads: Iterable[Any]) -> list[Field]:
    """The paths of these payloads, in alphabetical order; at most ``MOST_PATHS``."""
    found: dict[str, Field] = {}
    for payload in payloads:
        seen = set()
        for path, value in _walk_paths(payload):
            known = found.get(path)
            if known is None:
                if len(found) >= MOST_PATHS:
                    continue
                known = found[path] = Field(path)
            _count_value(known, value)
            if path not in seen:
                seen.add(path)
                known.events += 1
    return [found[path] for path in sorted(found)]


def list_paths(payloads: Iterable[Any]) -> frozenset[Path]:
    """The paths of these payloads as their parts, without those inside lists."""
    fields = collect_fields(payloads)
    return frozenset(tuple(each.path.split(".")) for each in fields if ELEMENT not in each.path)


class RecentPaths:
    """The paths of recent events, read again after a while; any number of threads may share it."""

    def __init__(self, *, max_age: float = MAX_AGE, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_age = max_age
        self._clock = clock
        self._paths: frozenset[Path] = frozenset()
        self._read_at: float | None = None

    def get(self, session: Session) -> frozenset[Path]:
        """The paths of a sample of events that is at most ``max_age`` seconds old."""
        now = self._clock()
        if self._read_at is None or now - self._read_at > self._max_age:
            self._paths, self._read_at = list_paths(sample_payloads(session)), now
        return self._paths


def _walk_paths(payload: Any) -> Iterator[tuple[str, Any]]:
    """Each path of a payload with its value; the paths of a list's elements once for each of the first elements."""
    pending: list[tuple[str, Any, int]] = [("", payload, 0)]
    while pending:
        path, value, level = pending.pop()
        if path:
            yield path, value
        if level >= MOST_LEVELS:
            continue
        if isinstance(value, dict):
            before = f"{path}." if path else ""
            pending.extend((f"{before}{key}", inner, level + 1) for key, inner in value.items())
        elif isinstance(value, list):
            pending.extend((f"{path}{ELEMENT}", inner, level + 1) for inner in value[:MOST_ELEMENTS])


def _count_value(known: Field, value: Any) -> None:
    type = type_of(value)
    known.types[type] += 1
    if type in ("object", "array"):
        return
    if isinstance(value, str) and len(value) > LONGEST_EXAMPLE:
        return
    if len(known.examples) < MOST_EXAMPLES and not any(_is_same(value, each) for each in known.examples):
        known.examples.append(value)
    if type in ("number", "string") and (known.least is None or type_of(known.least) != "number" or type == "number"):
        _note_extremes(known, value, type)


def _note_extremes(known: Field, value: Any, type: str) -> None:
    """Numbers take precedence over texts: once there is a number, texts are not compared any more."""
    if known.least is None or type_of(known.least) != type:
        known.least = known.greatest = value
        return
    known.least = min(known.least, value)
    known.greatest = max(known.greatest, value)


def _is_same(value: Any, other: Any) -> bool:
    return type_of(value) == type_of(other) and value == other
