"""One clause as a sentence, with what is wanted of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.logic.clauses import Clause, Item
from app.why.wording.expectations import expect
from app.why.wording.names import is_missing, join_and, join_or, name_clause, show_state, show_value

#: The name of what asks, in sentences.
TRIGGER = "the trigger"
#: Operators beside comparisons whose alternatives are named together.
_PLAIN = frozenset({"var", "missing", "missing_some"})
#: Alternatives of different values that a sentence names.
_ALTERNATIVES = 3


def describe_clause(clause: Clause, wanted: bool | None = None, asker: str = TRIGGER) -> str:
    """
    A clause as a sentence without a full stop: "`lead.score` was 70 and the trigger asks for more than 75".

    ``wanted`` is the answer that is asked of it; None: none, because it only selects or computes.
    """
    if clause.error is not None:
        return f"{clause.op} was stopped: {clause.error.rstrip('.')}"
    if clause.literal:
        return _constant(clause, wanted, asker)
    if clause.custom:
        return _custom(clause, wanted, asker)
    expectation = expect(clause)
    if expectation is not None:
        return _comparison(clause, wanted, asker)
    describe = _BY_OPERATOR.get(clause.op)
    if describe is not None:
        return describe(clause, wanted, asker)
    if wanted is None or clause.truthy is wanted:
        return show_state(clause)
    return _truth(clause, wanted, asker)


def _constant(clause: Clause, wanted: bool | None, asker: str) -> str:
    value = show_value(clause.value)
    if wanted is None or clause.truthy is wanted:
        return f"{value} is a constant"
    return f"{asker} has the constant {value} here, which is {'false' if wanted else 'true'} for every event"


def _custom(clause: Clause, wanted: bool | None, asker: str) -> str:
    text = f"{name_clause(clause)} answered {show_value(clause.value)}"
    if wanted is None or clause.truthy is wanted:
        return text
    return f"{text} and {asker} asks for an answer that is {'true' if wanted else 'false'}"


def _comparison(clause: Clause, wanted: bool | None, asker: str) -> str:
    expectation = expect(clause)
    assert expectation is not None
    if all(arg.literal for arg in clause.args):
        answer = "true" if clause.truthy else "false"
        return f"{name_clause(clause)} compares constants, so it is {answer} for every event"
    state = show_state(expectation.subject)
    if wanted is not None and clause.truthy is not wanted:
        words = expectation.words if wanted else expectation.opposite
        return f"{state} and {asker} asks for {words}"
    if is_missing(expectation.subject) and clause.truthy and clause.op in ("==", "===") and _are_missing(clause):
        return f"{join_and([name_clause(arg) for arg in clause.args[:2]])} are both missing, so they are equal"
    if is_missing(expectation.subject):
        return f"{state}, which {'counts as' if clause.truthy else 'is not'} {expectation.words}"
    if clause.truthy and clause.op in ("==", "===") and any(arg.literal for arg in clause.args):
        return state
    if clause.truthy and clause.op in ("!=", "!=="):
        return f"{state}, which is not {expectation.opposite}"
    return f"{state}, which is {'' if clause.truthy else 'not '}{expectation.words}"


def _are_missing(clause: Clause) -> bool:
    return all(is_missing(arg) for arg in clause.args[:2])


def _truth(clause: Clause, wanted: bool | None, asker: str) -> str:
    """A value that is asked to be true or false."""
    state = show_state(clause)
    if wanted is None or clause.truthy is wanted:
        return state
    if not wanted:
        return f"{state} and {asker} asks that it be missing, empty, 0 or false"
    if is_missing(clause):
        return f"{state} and {asker} asks for it"
    return f"{state} and {asker} asks for a value that is not empty, 0, false or null"


def _negation(clause: Clause, wanted: bool | None, asker: str) -> str:
    if not clause.args:
        return show_state(clause)
    inner = None if wanted is None else wanted is not (clause.op == "!")
    return describe_clause(clause.args[0], inner, asker)


def _missing(clause: Clause, wanted: bool | None, asker: str) -> str:
    absent = [f"`{name}`" for name in clause.value] if isinstance(clause.value, (list, tuple)) else []
    if not absent:
        return _present(clause, wanted, asker)
    text = f"{join_and(absent)} {'is' if len(absent) == 1 else 'are'} missing"
    return f"{text} and {asker} requires {'it' if len(absent) == 1 else 'them'}" if wanted is False else text


def _present(clause: Clause, wanted: bool | None, asker: str) -> str:
    """``missing`` of which nothing is missing."""
    values = [value for arg in clause.args for value in (arg.value if isinstance(arg.value, list) else [arg.value])]
    names = [f"`{value}`" for value in values if isinstance(value, (str, int))]
    if not names:
        return f"it names no path, and {asker} asks that one is missing" if wanted else "it names no path"
    text = f"{join_and(names)} {'is' if len(names) == 1 else 'are'} there"
    return f"{text} and {asker} asks that {'it' if len(names) == 1 else 'one of them'} is missing" if wanted else text


def _missing_some(clause: Clause, wanted: bool | None, asker: str) -> str:
    needed, names = (arg.value for arg in clause.args[:2]) if len(clause.args) > 1 else (None, None)
    if not isinstance(names, (list, tuple)) or not isinstance(clause.value, (list, tuple)):
        return show_state(clause)
    listed = join_or([f"`{name}`" for name in names])
    if not clause.value:
        text = f"at least {show_value(needed)} of {listed} {'is' if needed == 1 else 'are'} there"
        return f"{text} and {asker} asks that fewer are" if wanted else text
    count = len(names) - len(clause.value)
    text = f"only {count} of {listed} {'is' if count == 1 else 'are'} there" if count else f"none of {listed} is there"
    return f"{text} and {asker} requires at least {show_value(needed)}" if wanted is False else text


def _group(clause: Clause, wanted: bool | None, asker: str) -> str:
    """``and`` and ``or``: how many of its clauses hold."""
    held = sum(arg.truthy for arg in clause.args)
    count = len(clause.args)
    if not count:
        return f"`{clause.op}` has no clauses, which counts as false"
    what = "clauses" if clause.op == "and" else "alternatives"
    if clause.op == "or" and not held:
        return f"none of {count} {what} holds"
    return f"all of {count} {what} hold" if held == count else f"{held} of {count} {what} hold{'s' * (held == 1)}"


def _choice(clause: Clause, wanted: bool | None, asker: str) -> str:
    pairs = len(clause.args) // 2
    taken = next((n for n in range(pairs) if clause.args[2 * n].truthy), None)
    value = show_value(clause.value)
    if taken is None:
        return f"no condition of the if holds, so its value was {value}"
    return f"condition {taken + 1} of the if holds, so its value was {value}"


def _loop(clause: Clause, wanted: bool | None, asker: str) -> str:
    """``some``, ``all`` and ``none``: the element that decides."""
    if not clause.args:
        return show_state(clause)
    elements = clause.args[0]
    fails = wanted is not None and clause.truthy is not wanted
    name = name_clause(elements)
    if not clause.count:
        state = show_state(elements) if is_missing(elements) or elements.value != [] else f"{name} is empty"
        asks = "asks for an item in it" if wanted else "asks for an item that fits"
        if fails:
            return f"{state} and {asker} {asks}"
        return f"{state}, so no item of it fits" if clause.op == "none" else state
    fitting = [item for item in clause.items if item.clause.truthy]
    others = [item for item in clause.items if not item.clause.truthy]
    if clause.op == "some" and not clause.truthy:
        text = f"none of the {clause.count} items of {name} fits"
        if clause.count == 1:
            text = f"the only item of {name} does not fit"
        return f"{text}: {_describe_body(_nearest(others).clause, asker)}" if fails and others else text
    if clause.op == "all" and not clause.truthy and others:
        text = f"item {others[0].index + 1} of {name} does not fit"
        return f"{text}: {_describe_body(others[0].clause, asker)}" if fails else text
    if clause.op in ("some", "none") and fitting:
        text = f"item {fitting[0].index + 1} of {name} fits: {describe_clause(fitting[0].clause, None, asker)}"
        asks = "asks that none do" if fails else ""
        return f"{text}, and {asker} {asks}" if asks else text
    text = f"all {clause.count} items of {name} fit" if clause.op == "all" else f"no item of {name} fits"
    asks = "one that does not" if clause.op == "all" else "one that does"
    return f"{text}, and {asker} asks for {asks}" if fails else text


def _nearest(items: Sequence[Item]) -> Item:
    """The first of the items for which most clauses of an ``and`` hold."""
    return max(items, key=lambda item: sum(arg.truthy for arg in item.clause.args) if item.clause.op == "and" else 0)


def _describe_body(clause: Clause, asker: str) -> str:
    """The first clause that fails in the body of a loop."""
    while clause.op in ("and", "or") and clause.args:
        clause = next((arg for arg in clause.args if not arg.truthy), clause.args[-1])
    return describe_clause(clause, True, asker)


def _merge(clause: Clause, wanted: bool | None, asker: str) -> str:
    """The names that several ``missing`` look for, as one."""
    if all(arg.op in ("missing", "missing_some") for arg in clause.args):
        return _missing(clause, wanted, asker)
    return _truth(clause, wanted, asker)


def _variable(clause: Clause, wanted: bool | None, asker: str) -> str:
    return _truth(clause, wanted, asker)


_BY_OPERATOR = {
    "var": _variable,
    "!": _negation,
    "!!": _negation,
    "missing": _missing,
    "missing_some": _missing_some,
    "merge": _merge,
    "and": _group,
    "or": _group,
    "if": _choice,
    "?:": _choice,
    "some": _loop,
    "all": _loop,
    "none": _loop,
}


def join_alternatives(clauses: Sequence[Clause], wanted: bool = True, asker: str = TRIGGER) -> str | None:
    """
    Several clauses in one sentence, of which one must have the ``wanted`` answer.

    Of one value: "`source` was "c" and the trigger asks for "a" or "b"". Of several values, each with its own wish.
    None if one of them is neither a comparison nor a path.
    """
    goals = [_without_negation(clause, wanted) for clause in clauses]
    if len(clauses) < 2 or not all(expect(clause) or clause.op in _PLAIN for clause, _ in goals):
        return None
    if not wanted:
        named = [describe_clause(clause, None, asker) for clause in clauses]
        return f"{asker} asks that not all of these hold: {_list_first(named)}"
    groups: dict[Any, list[tuple[Clause, bool]]] = {}
    for place, (clause, is_wanted) in enumerate(goals):
        expectation = expect(clause)
        path = expectation.subject.path if expectation is not None else None
        groups.setdefault(place if path is None else path, []).append((clause, is_wanted))
    named = [_describe_wishes(group, asker) for group in groups.values()]
    return named[0] if len(named) == 1 else f"no alternative holds: {_list_first(named)}"


def _without_negation(clause: Clause, wanted: bool) -> tuple[Clause, bool]:
    """The clause inside ``!`` and ``!!``, and the answer that is wanted of it."""
    while clause.op in ("!", "!!") and clause.args:
        clause, wanted = clause.args[0], wanted is not (clause.op == "!")
    return clause, wanted


def _describe_wishes(goals: Sequence[tuple[Clause, bool]], asker: str) -> str:
    """The clauses about one value, of which one must have its answer."""
    if len(goals) == 1:
        return describe_clause(*goals[0], asker)
    found = [(each, wanted) for clause, wanted in goals if (each := expect(clause)) is not None]
    wishes = join_or([each.words if wanted else each.opposite for each, wanted in found])
    return f"{show_state(found[0][0].subject)} and {asker} asks for {wishes}"


def _list_first(named: Sequence[str]) -> str:
    more = len(named) - _ALTERNATIVES
    return "; ".join([*named[:_ALTERNATIVES], *([f"and {more} more"] if more > 0 else [])])
