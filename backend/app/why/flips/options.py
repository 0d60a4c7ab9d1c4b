"""The values of single paths that would meet a goal."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.logic.clauses import Clause
from app.logic.coercion import is_numeric_text, to_number
from app.logic.evaluation import Evaluation
from app.logic.similar_paths import Path
from app.why.flips.changes import ABSENT, ANY_TEXT
from app.why.flips.goals import Goal
from app.why.flips.solve import solve
from app.why.flips.targets import beyond, distance, in_form_of, nearest_members, number_in, other_than, words_of

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "===": "!==", "!==": "==="}
#: Elements of a list that a change replaces as a whole.
_LONGEST_LIST = 100
#: What adding and removing a key costs, beside the distance between values.
_ADDED, _REMOVED, _INVENTED, _UNEVEN = 0.4, 0.8, 0.5, 0.3
#: What the number costs that a text means.
_MEANT = 0.02
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True)
class Option:
    """A value for a path; ABSENT removes it."""

    path: Path
    value: Any
    cost: float


def options_of(goal: Goal) -> list[Option]:
    """The options for a goal, cheapest first; none if its clause computes what cannot be solved."""
    if goal.path is not None:
        return _presence(goal)
    return sorted(_options(goal.clause, goal.wanted), key=lambda option: option.cost)


def _presence(goal: Goal) -> list[Option]:
    assert goal.path is not None
    if goal.wanted:
        return [Option(goal.path, ANY_TEXT, _ADDED + _INVENTED)]
    return [Option(goal.path, ABSENT, _REMOVED)]


def _options(clause: Clause, wanted: bool) -> Iterator[Option]:
    if clause.custom:
        return
    if clause.op == "var":
        yield from _truth_options(clause, wanted)
    elif clause.op in _OPPOSITE and len(clause.args) == 2:
        op = clause.op if wanted else _OPPOSITE[clause.op]
        first, second = clause.args
        yield from _comparison_options(op, first, second)
        yield from _comparison_options(_MIRRORED.get(op, op), second, first)
    elif clause.op in ("<", "<=") and len(clause.args) > 2:
        yield from _between_options(clause, wanted)
    elif clause.op == "in" and len(clause.args) > 1:
        yield from _membership_options(clause, wanted)


def _truth_options(clause: Clause, wanted: bool) -> Iterator[Option]:
    if not wanted:
        is_text = isinstance(clause.value, str) and clause.value.strip().casefold() == "false"
        yield from _set(clause, [False] if clause.value is True else [ABSENT, False] if is_text else [ABSENT])
    else:
        yield from _set(clause, [ANY_TEXT if isinstance(clause.value, str) else True], invented=True)


def _comparison_options(op: str, subject: Clause, other: Clause) -> Iterator[Option]:
    bound = other.value
    if op in ("==", "==="):
        yield from _set(subject, _equal_values(op, subject.value, bound))
    elif op in ("!=", "!=="):
        if bound is not None:
            yield from _set(subject, [ABSENT])
        yield from _set(subject, other_than(bound))
    else:
        if isinstance(subject.value, str) and _is_number(bound) and not is_numeric_text(subject.value):
            yield from _meant(subject, op, bound)
        values = beyond(bound, up=op in (">", ">="), strict=op in ("<", ">"))
        yield from _set(subject, in_form_of(values, subject.value))


def _meant(subject: Clause, op: str, bound: Any) -> Iterator[Option]:
    """The number that a text such as "1,500" means, if it is on the right side of a bound."""
    number = number_in(subject.value)
    if number is not None and _COMPARE[op](number, bound):
        yield from (replace(option, cost=_MEANT) for option in _set(subject, [number]))


def _equal_values(op: str, value: Any, bound: Any) -> list[Any]:
    """The values that equal a bound: for a number that ``==`` compares with a text, the number of the text first."""
    if isinstance(bound, (list, tuple, dict)):
        return []
    if op == "==" and is_numeric_text(bound) and _is_number(value):
        return [to_number(bound, Evaluation()), bound]
    return [bound]


def _between_options(clause: Clause, wanted: bool) -> Iterator[Option]:
    low, subject, high = clause.args[:3]
    strict = clause.op == "<"
    if wanted:
        values = [
            *beyond(low.value, up=True, strict=strict),
            *beyond(high.value, up=False, strict=strict),
        ]
    else:
        values = [
            *beyond(low.value, up=False, strict=not strict),
            *beyond(high.value, up=True, strict=not strict),
        ]
    yield from _set(subject, values)


def _membership_options(clause: Clause, wanted: bool) -> Iterator[Option]:
    needle, haystack = clause.args[:2]
    members = haystack.value
    if isinstance(members, (list, tuple)):
        plain = [member for member in members if not isinstance(member, (list, tuple, dict))]
        if wanted:
            yield from _set(needle, nearest_members(plain, needle.value))
        else:
            yield from _set(needle, [ABSENT] if None not in plain else [])
            yield from _set(needle, other_than(needle.value))
    if needle.value is None or isinstance(needle.value, (list, tuple, dict)):
        return
    if wanted and isinstance(members, str) and haystack.literal:
        yield from _set(needle, nearest_members(words_of(members), needle.value))
    elif wanted:
        yield from _set(haystack, _containing(haystack, needle.value))
    elif isinstance(members, (list, tuple)) and len(members) <= _LONGEST_LIST:
        yield from _set(haystack, [[member for member in members if member != needle.value]])
    elif isinstance(members, str) and isinstance(needle.value, str):
        yield from _set(haystack, [members.replace(needle.value, "").strip()])


def _containing(haystack: Clause, needle: Any) -> list[Any]:
    """The haystack with the needle added; where there is none, a list if its name is a plural, else a text."""
    if isinstance(haystack.value, (list, tuple)):
        return [[*haystack.value, needle]] if len(haystack.value) <= _LONGEST_LIST else []
    if isinstance(haystack.value, str) and haystack.value and isinstance(needle, str):
        folded = haystack.value.casefold().find(needle.casefold())
        if folded >= 0:
            return [haystack.value[:folded] + needle + haystack.value[folded + len(needle) :]]
        return [f"{haystack.value} {needle}"]
    plural = bool(haystack.path) and haystack.path is not None and haystack.path[-1].endswith("s")
    return [[needle]] if plural or not isinstance(needle, str) else [needle]


def _set(subject: Clause, values: Iterable[Any], *, invented: bool = False) -> Iterator[Option]:
    """Options that give an expression one of these values by a change of one path."""
    for value in values:
        for variable, needed in solve(subject, value):
            assert variable.path is not None
            if needed is ABSENT and not variable.found:
                continue
            extra = _INVENTED * invented
            if variable is not subject and isinstance(needed, float) and math.isfinite(needed):
                # A person would rather name the whole number beside one that was computed.
                for whole in (math.floor(needed), math.ceil(needed)):
                    yield Option(variable.path, whole, _cost(variable, whole) + extra)
                extra += _UNEVEN
            yield Option(variable.path, needed, _cost(variable, needed) + extra)


def _cost(variable: Clause, value: Any) -> float:
    if value is ABSENT:
        return _REMOVED
    return distance(variable.value, value) if variable.found else _ADDED


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def constants_of(clauses: Iterable[Clause]) -> dict[Path, list[Any]]:
    """The values that clauses accept, and those that they refuse, by path."""
    found: dict[Path, list[Any]] = {}
    for clause in clauses:
        for wanted in (True, False):
            for option in _options(clause, wanted):
                found.setdefault(option.path, []).append(option.value)
    return found
