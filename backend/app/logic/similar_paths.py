"""The path of a document that a misspelt or misplaced path probably means."""

from __future__ import annotations

import difflib
import re
from collections import deque
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from app.logic.evaluation import Evaluation
from app.logic.variables import follow_path

Path = tuple[str, ...]

#: Paths of a document that are looked at, and levels.
MAX_PATHS = 2_000
_LEVELS = 12
#: Elements of a list whose paths are looked at.
_ELEMENTS = 3
#: How similar two names must be, from 0 to 1.
_SIMILAR_NAME = 0.7
_SIMILAR_PATH = 0.82
#: Parts of one path that may be misspelt.
_TYPOS = 2
#: First parts of paths in systems that put the event into an envelope.
_ENVELOPES = frozenset(
    {"event", "data", "detail", "payload", "body", "input", "message", "record", "params", "root", "$", "@", "ctx"}
)
#: Names that other systems give the element of a list in the body of a loop.
_ELEMENT_NAMES = frozenset({"item", "current", "element", "this", "it", "value", "$", "@"})
#: Members of the envelopes of Inngest and EventBridge, and what they are here.
_METADATA: dict[Path, Path] = {
    ("event", "name"): ("$event", "type"),
    ("event", "type"): ("$event", "type"),
    ("$event", "name"): ("$event", "type"),
    ("detail-type",): ("$event", "type"),
    ("event", "source"): ("$event", "source"),
    ("source",): ("$event", "source"),
    ("type",): ("$event", "type"),
    ("event", "id"): ("$event", "id"),
    ("event", "ts"): ("$event", "time"),
    ("event", "time"): ("$event", "time"),
    ("time",): ("$event", "time"),
}
_PART = re.compile(r"[^.\[\]/\"'{}]+")

#: The words of a name, such as those of ``first_name`` and ``firstName``.
_WORD = re.compile(r"[A-Z]?[^A-Z_\-\s]+|[A-Z]+")


def paths_of(document: Any) -> frozenset[Path]:
    """The paths of a document, at most 2,000; of a list, those of its first elements."""
    found: set[Path] = set()
    pending: deque[tuple[Path, Any]] = deque([((), document)])
    while pending and len(found) < MAX_PATHS:
        path, value = pending.popleft()
        if path:
            found.add(path)
        if len(path) < _LEVELS:
            pending += [((*path, key), inner) for key, inner in _iterate_members(value)]
    return frozenset(found)


def _iterate_members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((key, inner) for key, inner in value.items() if isinstance(key, str))
    elif isinstance(value, (list, tuple)):
        yield from ((str(index), inner) for index, inner in enumerate(value[:_ELEMENTS]))


def meant_path(wanted: Path, known: frozenset[Path], document: Any) -> Path | None:
    """The path of a document, of those that are known, that a path probably means; None: no other one."""
    found = similar_path(wanted, known)
    if found is None or found != wanted[: len(found)]:
        return found
    value = follow_path(document, found, Evaluation())
    return None if isinstance(value, (dict, list, tuple)) else found


@lru_cache(maxsize=64)
def similar_path(wanted: Path, known: frozenset[Path]) -> Path | None:
    """
    The known path that a path probably means, or None.

    In this order: another notation (``$.a[0]``), an envelope that is too many or too few (``event.data.a``), the same
    letters (``leadScore`` for ``lead.score``), a name too many for the element of a list, the same name elsewhere, a
    similar name. Never an object or a list that the path leads into.
    """
    if not wanted or wanted in known:
        return None
    aliased = _METADATA.get(wanted)
    if aliased is not None and aliased in known:
        return aliased
    parts = tuple(name for part in _PART.findall(".".join(wanted)) if (name := part.strip()))
    # Another element of the same list is not what was meant.
    own = _without_indices(wanted)
    known = frozenset(path for path in known if _without_indices(path) != own) - _containers(wanted, known)
    for guess in (
        parts if parts in known else None,
        _without_envelope(parts, known),
        _only(path for path in known if len(path) > len(parts) and path[-len(parts) :] == parts),
        _only(path for path in known if _fold_path(path) == _fold_path(parts)),
        _without_element(parts, known),
        _same_name(parts, known),
        _similar(parts, known),
    ):
        if guess is not None:
            return guess
    return None


def _without_indices(path: Path) -> list[str]:
    return [part for part in path if not part.isdecimal()]


def _containers(wanted: Path, known: Collection[Path]) -> set[Path]:
    """The starts of a path at which other known paths start too."""
    starts = {wanted[:length] for length in range(1, len(wanted))}
    return {path[:length] for path in known for length in range(1, len(path)) if path[:length] in starts}


def _without_element(parts: Path, known: Collection[Path]) -> Path | None:
    """The path without the name behind an index: ``items.0.sku`` for ``items.0.item.sku`` or ``items.0.items.sku``."""
    for place in range(2, len(parts) - 1):
        shorter = (*parts[:place], *parts[place + 1 :])
        names = (*_ELEMENT_NAMES, parts[place - 2].casefold())
        if parts[place - 1].isdecimal() and parts[place].casefold() in names and shorter in known:
            return shorter
    return None


def _without_envelope(parts: Path, known: Collection[Path]) -> Path | None:
    for start in range(1, len(parts)):
        if parts[start - 1].lower() not in _ENVELOPES:
            return None
        if parts[start:] in known:
            return parts[start:]
    return None


def _only(paths: Iterator[Path]) -> Path | None:
    """The only one of some paths, those that are not metadata first."""
    found = [*paths]
    own = [path for path in found if not path[0].startswith("$")] or found
    return own[0] if len(own) == 1 else None


def _fold_path(path: Path) -> str:
    return "".join(path).replace("_", "").replace("-", "").replace(" ", "").casefold()


def _same_name(parts: Path, known: Collection[Path]) -> Path | None:
    """The only path that ends with the same name, such as ``lead.score`` for ``score``."""
    if not parts or parts[-1].isdecimal():
        return None
    return _only(
        path for path in known if _fold_path(path[-1:]) == _fold_path(parts[-1:]) and not path[0].startswith("$")
    )


def _similar(parts: Path, known: Collection[Path]) -> Path | None:
    """The most similar path: with one part or two that differ a little, or similar as a whole."""
    best, most = None, 0.0
    for path in known:
        ratio = _likeness(parts, path)
        if ratio > most or (ratio == most and best is not None and path < best):
            best, most = path, ratio
    return best


def _likeness(wanted: Path, path: Path) -> float:
    """How similar two paths are, from 0 to 1; 0 if they are not similar enough."""
    if len(wanted) == len(path):
        differing = [(a, b) for a, b in zip(wanted, path, strict=True) if a != b]
        if any(part.isdecimal() for pair in differing for part in pair):
            return 0.0
        if 0 < len(differing) <= _TYPOS:
            ratio = min(_name_ratio(a, b) for a, b in differing)
            return 0.1 + ratio * 0.9 - 0.1 * (len(differing) - 1) if ratio >= _SIMILAR_NAME else 0.0
    if abs(len(wanted) - len(path)) > 2:
        return 0.0
    ratio = _ratio(".".join(wanted), ".".join(path))
    return ratio if ratio >= _SIMILAR_PATH else 0.0


def _name_ratio(a: str, b: str) -> float:
    """How similar two names are: as little as their words, so that ``first_name`` is not ``last_name``."""
    words = [_WORD.findall(name) for name in (a, b)]
    ratio = _ratio(a, b)
    if len(words[0]) == len(words[1]):
        ratio = min([ratio, *(_ratio(first, second) for first, second in zip(*words, strict=True))])
    return ratio


def _ratio(a: str, b: str) -> float:
    if min(len(a), len(b)) * 2 < max(len(a), len(b)):
        return 0.0
    matcher = difflib.SequenceMatcher(None, a[:100].casefold(), b[:100].casefold(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() > 0.6 and matcher.quick_ratio() > 0.6 else 0.0
