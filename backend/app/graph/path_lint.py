"""Warnings about paths of triggers and conditions that no recent event has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.errors import Problem
from app.graph.rule_lint import name_path
from app.logic.evaluation import Evaluation
from app.logic.loops import LOOPS
from app.logic.pointer import child
from app.logic.similar_paths import Path, similar_path
from app.logic.variables import parse_path

#: Paths of one rule that are looked up.
_LOOKED_UP = 100


@dataclass(frozen=True)
class EventCondition:
    """A condition in a graph over an event."""

    rule: Any
    #: Its name in a sentence, and a JSON Pointer to it.
    what: str
    pointer: str
    node_id: str
    #: True if it reads the payload of the execution, which is that of an event only where an event starts it.
    of_payload: bool
    #: Names that the payload has beside those of the event: parameters with their defaults.
    given: frozenset[str] = frozenset()


def warn_unseen_conditions(
    conditions: Iterable[EventCondition], known: Collection[Path], *, starts_by_event: bool
) -> list[Problem]:
    """The warnings about the conditions of a graph; ``starts_by_event``: its payload is that of one event."""
    found: list[Problem] = []
    for each in conditions:
        if starts_by_event or not each.of_payload:
            warned = warn_unseen_paths(each.rule, known, each.what, each.pointer, given=each.given)
            found += (replace(problem, node_id=each.node_id) for problem in warned)
    return found


def warn_unseen_paths(
    rule: Any, known: Collection[Path], what: str, pointer: str, *, given: Collection[str] = ()
) -> list[Problem]:
    """
    Warnings about paths that a rule over events reads and that none of the known ones is; none if none is known.

    ``known`` are the paths of recent events, without those inside lists. ``what`` names the rule in a sentence. Paths
    that begin with a name of ``given`` are always there.
    """
    known = frozenset(known)
    problems: dict[Path, Problem] = {}
    looked_up = 0
    for path, place in _paths(rule, pointer) if known else ():
        if path in problems or looked_up >= _LOOKED_UP or _may_be_there(path, known) or path[0] in given:
            continue
        looked_up += 1
        meant = similar_path(path, known)
        hint = f" Did you mean {name_path(meant)}?" if meant is not None else ""
        message = f"{what} reads {name_path(path)}, which none of the newest events has.{hint}"
        problems[path] = Problem("PATH_NEVER_SEEN", message, pointer=place)
    return [*problems.values()]


def _may_be_there(path: Path, known: Collection[Path]) -> bool:
    """True for a path that events have, for one of metadata, and for one into a list or a text."""
    if not path or path[0].startswith("$") or path in known:
        return True
    return any(part.isdecimal() or part == "length" for part in path)


def _paths(rule: Any, pointer: str) -> Iterator[tuple[Path, str]]:
    """The constant paths that a rule reads from the event, and their places; not those of the elements of lists."""
    pending: list[tuple[Any, str]] = [(rule, pointer)]
    while pending:
        part, place = pending.pop()
        if isinstance(part, (list, tuple)):
            pending += reversed([(inner, f"{place}/{index}") for index, inner in enumerate(part)])
        elif isinstance(part, dict) and len(part) == 1:
            ((name, arguments),) = part.items()
            inside = child(place, name)
            listed = isinstance(arguments, (list, tuple))
            if name == "var":
                path = arguments[0] if listed and arguments else arguments
                if isinstance(path, str):
                    yield parse_path(path, Evaluation()), inside
            elif name in LOOPS and listed:
                pending += [(inner, f"{inside}/{n}") for n, inner in enumerate(arguments) if n != 1]
            else:
                pending.append((arguments, inside))
