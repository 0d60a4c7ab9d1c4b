"""Changes of a rule that turn its answer on an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any

from app.errors import InvalidRule
from app.logic.clauses import Clause
from app.logic.coercion import is_numeric_text, strictly_equal, to_number
from app.logic.evaluation import Evaluation
from app.logic.jsonlogic import compile_rule
from app.logic.pointer import child, follow_pointer
from app.why.flips.changes import ABSENT, Change, Flip
from app.why.flips.goals import Goal, GoalSet
from app.why.flips.subject import Subject, evaluate
from app.why.flips.targets import beyond, distance
from app.why.notes.comparisons import key_of_items
from app.why.wording.names import name_clause, show_path, show_value

#: Combinations of changes that are tried for one set of goals.
_TRIED = 60
_KEPT = 2
_RENAMED, _REMOVED = 0.05, 2.0
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "===": "!==", "!==": "==="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def trigger_flips(subject: Subject, goals: GoalSet, wanted: bool, in_time: Callable[[], bool]) -> Iterator[Flip]:
    """The changes of the rule that meet a set of goals, cheapest first; at most two."""
    choices = [sorted(_changes(goal, subject), key=lambda each: each[1])[:4] for goal in goals]
    found = []
    for combination in islice(product(*choices), _TRIED):
        if not in_time():
            break
        changes = tuple({change.pointer: change for change, _ in combination}.values())
        if _answer(subject, changes) is wanted:
            cost = sum(cost for _, cost in combination)
            found.append(Flip("trigger", _in_order(changes), cost, all(cost == _RENAMED for _, cost in combination)))
            if len(found) >= _KEPT:
                break
    yield from sorted(found, key=lambda flip: (len(flip.changes), flip.cost))[:_KEPT]


def renaming_flip(subject: Subject, wanted: bool, in_time: Callable[[], bool]) -> Flip | None:
    """All paths that the event does not have, changed to those that they probably mean; None if that is no flip."""
    changes: dict[str, Change] = {}
    for clause in subject.tree.walk():
        if not in_time():
            return None
        change = _renaming(clause, subject)
        if change is not None:
            changes.setdefault(change.pointer, change)
    found = tuple(changes.values())
    return Flip("trigger", found, _RENAMED, is_renaming=True) if found and _answer(subject, found) is wanted else None


def _answer(subject: Subject, changes: tuple[Change, ...]) -> bool | None:
    """The answer of the changed rule; None if it is not a rule, or is stopped."""
    try:
        rule = compile_rule(apply_changes(subject.rule, changes))
    except (InvalidRule, LookupError):
        return None
    return evaluate(rule, subject.payload, subject.extra)


def apply_changes(document: Any, changes: tuple[Change, ...]) -> Any:
    """A rule with its changes, applied one after the other."""
    for change in _in_order(changes):
        document = _with_value(document, change.pointer, change.after)
    return document


def _in_order(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes in an order in which removing from a list moves no place that is still to be changed."""
    removed = [change for change in changes if change.after is ABSENT]
    kept = [change for change in changes if change.after is not ABSENT]
    return (*kept, *sorted(removed, key=lambda change: _places(change.pointer), reverse=True))


def _places(pointer: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdecimal() else -1, part) for part in pointer.split("/")]


def _with_value(document: Any, pointer: str, value: Any) -> Any:
    if not pointer:
        return value
    parent, _, last = pointer.rpartition("/")
    key = last.replace("~1", "/").replace("~0", "~")
    container = follow_pointer(document, parent)
    changed: Any
    if isinstance(container, list):
        changed, place = [*container], int(key)
        if value is ABSENT:
            del changed[place]
        else:
            changed[place] = value
    else:
        changed = {**container, key: value}
    return _with_value(document, parent, changed)


def _changes(goal: Goal, subject: Subject) -> list[tuple[Change, float]]:
    """The changes of the rule that may meet a goal, each with its cost; removing its clause if there is no other."""
    renamed = [change for clause in goal.clause.walk() if (change := _renaming(clause, subject)) is not None]
    found = [*((change, _RENAMED) for change in renamed), *_literals(goal, subject)]
    return found or [*_removal(goal, subject)]


def _renaming(clause: Clause, subject: Subject) -> Change | None:
    """The path of a variable that is not there, as the event spells it."""
    if clause.op != "var" or clause.found or not clause.path or not clause.args or not clause.args[0].literal:
        return None
    base = clause.base or ()
    meant = subject.meant(clause.path)
    if meant is None or (base and meant[: len(base)] != base):
        return None
    after = ".".join(meant[len(base) :] if base else meant)
    words = f"read {show_path(after.split('.'))} instead of {show_path(clause.path[len(base) :])}"
    return Change(clause.args[0].pointer, words, clause.args[0].source, after)


def _literals(goal: Goal, subject: Subject) -> Iterator[tuple[Change, float]]:
    """Constants of the clause, changed so that it accepts the value that is there."""
    clause = goal.clause
    if goal.path is not None:
        yield from _drop_missing_names(goal, subject)
    elif clause.op in _OPPOSITE and len(clause.args) == 2:
        op = clause.op if goal.wanted else _OPPOSITE[clause.op]
        first, second = clause.args
        yield from _bound(op, first, second)
        yield from _bound(_MIRRORED.get(op, op), second, first)
        if op in ("==", "==="):
            yield from _member(clause, first, second)
            yield from _member(clause, second, first)
    elif clause.op in ("<", "<=") and len(clause.args) > 2 and goal.wanted:
        low, value, high = clause.args[:3]
        if value.literal:
            return
        if not _is_below(low.value, value.value, strict=clause.op == "<"):
            yield from _bound(">" if clause.op == "<" else ">=", value, low)
        else:
            yield from _bound(clause.op, value, high)
    elif clause.op == "in" and len(clause.args) > 1:
        yield from _list(clause, goal.wanted)


def _is_below(low: Any, value: Any, *, strict: bool) -> bool:
    first, second = to_number(low, Evaluation()), to_number(value, Evaluation())
    return first < second if strict else first <= second


def _bound(op: str, subject: Clause, bound: Clause) -> Iterator[tuple[Change, float]]:
    """A constant that a value is compared with, moved to the nearest that accepts the value."""
    value = subject.value
    if op in _MIRRORED and isinstance(value, str) and isinstance(bound.value, (int, float)):
        # They are compared as numbers.
        value = to_number(value, Evaluation())
    if not bound.literal or subject.literal or value is None or isinstance(value, (list, tuple, dict)):
        return
    if op in ("==", "==="):
        targets = [value]
    elif op in (">", ">="):
        targets = beyond(value, up=False, strict=op == ">")
    elif op in ("<", "<="):
        targets = beyond(value, up=True, strict=op == "<")
    else:
        return
    for target in targets:
        if op not in ("==", "===") and isinstance(target, str) is not isinstance(bound.value, str):
            if not is_numeric_text(bound.value):
                continue
            target = str(target)
        words = f"ask for {show_value(target)} instead of {show_value(bound.value)}"
        if op in (">", ">=", "<", "<="):
            words = f"move the bound from {show_value(bound.value)} to {show_value(target)}"
        yield Change(bound.pointer, words, bound.source, target), distance(bound.value, target)


def _list(clause: Clause, wanted: bool) -> Iterator[tuple[Change, float]]:
    needle, haystack = clause.args[:2]
    if wanted:
        yield from _other_membership(clause, needle, haystack)
    if not haystack.literal or not isinstance(haystack.value, list) or needle.literal:
        return
    value = needle.value
    if isinstance(value, (list, tuple, dict)) or (value is None and not needle.found):
        return
    if wanted:
        words = f"add {show_value(value)} to the list"
        yield Change(haystack.pointer, words, haystack.source, [*haystack.value, value]), 0.3
    else:
        words = f"take {show_value(value)} out of the list"
        kept = [member for member in haystack.value if member != value]
        yield Change(haystack.pointer, words, haystack.source, kept), 0.3


def _member(clause: Clause, value: Clause, other: Clause) -> Iterator[tuple[Change, float]]:
    """``in`` for a list that has the constant with which it is compared as a member."""
    if value.literal or not other.literal or not isinstance(value.value, (list, tuple)) or other.value is None:
        return
    if any(strictly_equal(member, other.value) for member in value.value):
        words = f"look for {show_value(other.value)} in {name_clause(value)} instead of comparing the list with it"
        yield Change(clause.pointer, words, clause.source, {"in": [other.source, value.source]}), _RENAMED


def _other_membership(clause: Clause, needle: Clause, haystack: Clause) -> Iterator[tuple[Change, float]]:
    """``in`` with its arguments exchanged, or ``some`` for a list of objects."""
    after: Any
    if haystack.literal and isinstance(haystack.value, str) and isinstance(needle.value, (list, tuple)):
        words = f"look for {show_value(haystack.value)} in {name_clause(needle)} instead of the other way round"
        after = {"in": [haystack.source, needle.source]}
        yield Change(clause.pointer, words, clause.source, after), _RENAMED
    elif needle.literal and not haystack.literal and isinstance(haystack.value, (list, tuple)):
        key = key_of_items(haystack.value, needle.value)
        if key is not None:
            words = f"ask for an item of {name_clause(haystack)} whose {show_path([key])} is {show_value(needle.value)}"
            after = {"some": [haystack.source, {"==": [{"var": key}, needle.source]}]}
            yield Change(clause.pointer, words, clause.source, after), _RENAMED


def _drop_missing_names(goal: Goal, subject: Subject) -> Iterator[tuple[Change, float]]:
    """``missing`` without the name of a path that is not there."""
    clause, path = goal.clause, goal.path
    assert path is not None
    if not goal.wanted or clause.op != "missing":
        return
    base = clause.base or ()
    name = ".".join(path[len(base) :])
    meant = subject.meant(path)
    if meant is not None and meant[: len(base)] == base:
        after = ".".join(meant[len(base) :])
        words = f"require {show_path(meant[len(base) :])} instead of {show_path(path[len(base) :])}"
        for pointer, source in _places_of(clause, name):
            yield Change(pointer, words, source, after), _RENAMED
    lists = [arg for arg in clause.args if isinstance(arg.value, list)]
    words = f"do not require {show_path(path)}"
    if lists:
        kept = [each for each in lists[0].value if str(each) != name]
        yield Change(lists[0].pointer, words, lists[0].source, kept), 0.5
        return
    for arg in clause.args:
        if str(arg.value) == name and arg.pointer.rpartition("/")[2].isdecimal():
            yield Change(arg.pointer, words, arg.source, ABSENT), 0.5


def _places_of(clause: Clause, name: str) -> Iterator[tuple[str, Any]]:
    """Where ``missing`` names a path, and what is written there."""
    for arg in clause.args:
        if isinstance(arg.value, list):
            yield from ((child(arg.pointer, n), each) for n, each in enumerate(arg.value) if str(each) == name)
        elif str(arg.value) == name:
            yield arg.pointer, arg.source


def _removal(goal: Goal, subject: Subject) -> Iterator[tuple[Change, float]]:
    """The clause removed from the ``and``, or the ``or``, that it is in."""
    above, _, last = goal.clause.pointer.rpartition("/")
    while last in ("0", "!", "!!") and above.rpartition("/")[2] not in ("and", "or"):
        above, _, last = above.rpartition("/")
    group, _, operator = above.rpartition("/")
    if operator not in ("and", "or") or not last.isdecimal():
        return
    source = follow_pointer(subject.rule, group)
    if len(source[operator]) < 2:
        return
    pointer = f"{above}/{last}"
    words = f"remove the clause {pointer}"
    yield Change(pointer, words, follow_pointer(subject.rule, pointer), ABSENT), _REMOVED
