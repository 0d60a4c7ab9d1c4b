"""The sets of clauses that must turn for a rule to turn, smallest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.logic.clauses import Clause
from app.logic.evaluation import Evaluation
from app.logic.jsonlogic import compile_rule
from app.logic.variables import parse_path

_COMPARED = frozenset({"==", "===", "!=", "!==", "<", "<=", ">", ">=", "in"})
#: Sets that are kept at each operator, and goals of a set; nobody would make more changes.
MAX_SETS = 8
MAX_GOALS = 20


@dataclass(frozen=True, eq=False)
class Goal:
    """A clause, and the answer that it must have."""

    clause: Clause
    wanted: bool
    #: Of a name in ``missing``: the path in the event that must be there, or not be there if not ``wanted``.
    path: tuple[str, ...] | None = None


#: Goals that are enough together, if all are met.
GoalSet = tuple[Goal, ...]


def goal_sets(clause: Clause, wanted: bool) -> list[GoalSet]:
    """
    The sets of goals that give a clause an answer, smallest first; at most eight sets, of twenty goals at most.

    An empty set: it has the answer. No set: no event can change it, or too many clauses would have to turn.
    """
    if clause.truthy is wanted and clause.error is None:
        return [()]
    if clause.literal:
        return []
    if clause.truncated or clause.custom:
        return [(Goal(clause, wanted),)]
    expand = _EXPAND.get(clause.op)
    if expand is None and any(arg.op in ("if", "?:") for arg in clause.args):
        expand = _compare_choice
    found = expand(clause, wanted) if expand is not None else None
    return [(Goal(clause, wanted),)] if found is None else found


def all_of(choices: Iterable[Sequence[GoalSet]]) -> list[GoalSet]:
    """One set from each of the choices, together."""
    sets: list[GoalSet] = [()]
    for choice in choices:
        sets = _smallest((*first, *second) for first in sets for second in choice)
    return sets


def any_of(choices: Iterable[Sequence[GoalSet]]) -> list[GoalSet]:
    """A set of one of the choices."""
    return _smallest(each for choice in choices for each in choice)


def _smallest(sets: Iterable[GoalSet]) -> list[GoalSet]:
    return sorted((each for each in sets if len(each) <= MAX_GOALS), key=len)[:MAX_SETS]


def _and(clause: Clause, wanted: bool) -> list[GoalSet]:
    return (all_of if wanted else any_of)(goal_sets(arg, wanted) for arg in clause.args)


def _or(clause: Clause, wanted: bool) -> list[GoalSet]:
    return (any_of if wanted else all_of)(goal_sets(arg, wanted) for arg in clause.args)


def _not(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    return goal_sets(clause.args[0], not wanted) if clause.args else None


def _truth(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    return goal_sets(clause.args[0], wanted) if clause.args else None


def _if(clause: Clause, wanted: bool) -> list[GoalSet]:
    ways: list[list[GoalSet]] = []
    before: list[list[GoalSet]] = []
    args = clause.args
    for place in range(0, len(args) - 1, 2):
        ways.append(all_of([*before, goal_sets(args[place], True), goal_sets(args[place + 1], wanted)]))
        before.append(goal_sets(args[place], False))
    if len(args) % 2:
        ways.append(all_of([*before, goal_sets(args[-1], wanted)]))
    elif not wanted:
        ways.append(all_of(before))
    return any_of(ways)


def _compare_choice(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    """A comparison of the value of an ``if`` with a constant: the ways through it to a value that has the answer."""
    (choice, *more) = (arg for arg in clause.args if not arg.literal)
    values = [*choice.args[1::2], *choice.args[-1:]] if len(choice.args) % 2 else choice.args[1::2]
    if more or clause.op not in _COMPARED or len(clause.args) != 2 or not all(value.literal for value in values):
        return None
    place = clause.args.index(choice)
    ways: list[list[GoalSet]] = []
    before: list[list[GoalSet]] = []
    for number, value in enumerate(values):
        compared = [value.source if index == place else arg.source for index, arg in enumerate(clause.args)]
        conditions = [*before]
        if 2 * number + 1 < len(choice.args):
            conditions.append(goal_sets(choice.args[2 * number], True))
            before.append(goal_sets(choice.args[2 * number], False))
        if compile_rule({clause.op: compared}).holds(None) is wanted:
            ways.append(all_of(conditions))
    return any_of(ways)


def _some(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    return _loop(clause, body=wanted, every=not wanted)


def _all(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    return _loop(clause, body=wanted, every=wanted)


def _none(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    return _loop(clause, body=not wanted, every=wanted)


def _loop(clause: Clause, *, body: bool, every: bool) -> list[GoalSet] | None:
    """The body must have this answer for every element, or for one; without elements the list itself must change."""
    if not clause.items:
        return None
    sets = (goal_sets(item.clause, body) for item in clause.items)
    return all_of(sets) if every else any_of(sets)


def _missing(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    names = _names(clause)
    if names is None:
        return None
    absent = {str(name) for name in clause.value} if isinstance(clause.value, (list, tuple)) else set()
    goals = [Goal(clause, not wanted, path) for name, path in names.items() if (name in absent) is not wanted]
    return any_of([[(goal,)] for goal in goals]) if wanted else [tuple(goals)]


def _missing_some(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    needed = clause.args[0].value if clause.args else None
    names = _names(clause)
    if names is None or not isinstance(needed, int) or not isinstance(clause.value, (list, tuple)):
        return None
    absent = {str(name) for name in clause.value}
    if wanted:
        present = [Goal(clause, False, path) for name, path in names.items() if name not in absent]
        return [tuple(present[: len(present) - needed + 1])]
    lacking = [Goal(clause, True, path) for name, path in names.items() if name in absent]
    count = needed - (len(names) - len(lacking))
    return [tuple(lacking[start : start + count]) for start in range(min(len(lacking) - count + 1, MAX_SETS))]


def _merge(clause: Clause, wanted: bool) -> list[GoalSet] | None:
    """A list of what is missing is true if one of its parts is."""
    if not all(arg.op in ("missing", "missing_some", "merge") for arg in clause.args):
        return None
    return _or(clause, wanted)


def _names(clause: Clause) -> dict[str, tuple[str, ...]] | None:
    """The names that ``missing`` and ``missing_some`` look for, with their paths; None if they are computed."""
    args = clause.args[1:2] if clause.op == "missing_some" else clause.args
    if clause.base is None or not all(arg.literal for arg in args):
        return None
    values: list[Any] = [arg.value for arg in args]
    listed = values[0] if values and isinstance(values[0], (list, tuple)) else values
    if not all(isinstance(name, (str, int)) and not isinstance(name, bool) for name in listed):
        return None
    return {str(name): (*clause.base, *parse_path(name, Evaluation())) for name in listed}


_EXPAND: Mapping[str, Callable[[Clause, bool], list[GoalSet] | None]] = {
    "and": _and,
    "or": _or,
    "if": _if,
    "?:": _if,
    "!": _not,
    "!!": _truth,
    "log": _truth,
    "some": _some,
    "all": _all,
    "none": _none,
    "missing": _missing,
    "missing_some": _missing_some,
    "merge": _merge,
}
