"""Changes of an event that turn a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from app.logic.similar_paths import Path
from app.logic.tracing import trace
from app.why.flips.changes import ABSENT, Flip, describe_event_changes, value_at, with_value
from app.why.flips.goals import Goal, GoalSet, goal_sets
from app.why.flips.options import Option, options_of
from app.why.flips.subject import Subject

#: Values that are tried for one set of goals, and flips that are kept of it.
_TRIED = 200
_KEPT = 3
#: The costs of a value that is there under another path, of a list with a new element, and of what other clauses name.
_MISPLACED, _GROWN, _FOREIGN = 0.1, 0.6, 2.0

_Options = Callable[[Subject, Goal], Iterable[Option]]


def event_flips(subject: Subject, goals: GoalSet, wanted: bool, in_time: Callable[[], bool]) -> list[Flip]:
    """The changes of the event that meet a set of goals and turn the rule, cheapest first; at most three."""
    for options in (own_options, foreign_options):
        found = []
        for values, cost in islice(_assignments(subject, goals, {}, 0.0, options, in_time), _TRIED):
            document = _change_document(subject, values)
            if document is not None and subject.holds(document) is wanted:
                changes = describe_event_changes(subject.document, values)
                found.append(Flip("event", tuple(changes), cost))
                if len(found) >= _KEPT * 2:
                    break
        if found:
            return sorted(found, key=lambda flip: (len(flip.changes), flip.cost))[:_KEPT]
    return []


def _assignments(
    subject: Subject,
    goals: GoalSet,
    values: dict[Path, Any],
    cost: float,
    options: _Options,
    in_time: Callable[[], bool],
) -> Iterator[tuple[dict[Path, Any], float]]:
    """Values of paths that meet all goals; a goal that is met by those chosen before needs none of its own."""
    if not in_time():
        return
    if not goals:
        if values:
            yield values, cost
        return
    goal, rest = goals[0], goals[1:]
    if values:
        document = _change_document(subject, values)
        if document is None:
            return
        if subject.meets(goal, document):
            yield from _assignments(subject, rest, values, cost, options, in_time)
            return
    for option in options(subject, goal):
        # The event as a whole is not replaced.
        if (
            not option.path
            or option.path in values
            or (option.value is ABSENT and value_at(subject.document, option.path) is ABSENT)
        ):
            continue
        chosen = {**values, option.path: option.value}
        document = _change_document(subject, chosen)
        if document is not None and subject.meets(goal, document):
            yield from _assignments(subject, rest, chosen, cost + option.cost, options, in_time)


def own_options(subject: Subject, goal: Goal) -> list[Option]:
    """The options of a goal that follow from its own clause."""
    return [*_misplaced(subject, goal), *options_of(goal), *_grown(subject, goal)]


def foreign_options(subject: Subject, goal: Goal) -> Iterator[Option]:
    """The options of a goal, and the values that other clauses name for the same paths."""
    options = own_options(subject, goal)
    yield from options
    seen = {(option.path, repr(option.value)) for option in options}
    for path in dict.fromkeys(option.path for option in options):
        for value in subject.constants.get(path, ()):
            if (path, repr(value)) not in seen:
                seen.add((path, repr(value)))
                yield Option(path, value, _FOREIGN)


def _misplaced(subject: Subject, goal: Goal) -> Iterator[Option]:
    """For a path that is not there: the value of the path that was probably meant."""
    paths = {clause.path for clause in goal.clause.walk() if clause.op == "var" and not clause.found and clause.path}
    for path in {goal.path} if goal.path and goal.wanted else paths:
        meant = subject.meant(path)
        if meant is not None and path is not None:
            yield Option(path, value_at(subject.document, meant), _MISPLACED)


def _grown(subject: Subject, goal: Goal) -> Iterator[Option]:
    """For a loop over a list without elements: a list with one that meets the goal."""
    clause = goal.clause
    if subject.grown or clause.op not in ("some", "all", "none") or clause.items or clause.base != ():
        return
    if not clause.args or not clause.args[0].path:
        return
    path = clause.args[0].path
    elements: list[Any] = [{}, None]
    for element in elements:
        document = _change_document(subject, {path: [element]})
        if document is None:
            return
        payload, extra = subject.split(document)
        tree = trace(clause.source, payload, extra=extra).root
        inner = Subject(clause.source, payload, extra, tree, grown=True)
        for goals in goal_sets(tree, goal.wanted):
            values, _ = next(_assignments(inner, goals, {}, 0.0, own_options, lambda: True), (None, 0.0))
            changed = document if not goals else _change_document(inner, values) if values else None
            if changed is not None:
                yield Option(path, value_at(changed, path), _GROWN)
                return


def _change_document(subject: Subject, values: Mapping[Path, Any]) -> Any:
    """The document with these values; None if it has no such places."""
    document = subject.document
    try:
        for path, value in values.items():
            document = with_value(document, path, value)
    except LookupError:
        return None
    return document
