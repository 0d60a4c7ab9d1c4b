"""Warnings about rules that compile, but will not do what their author expects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from app.errors import InvalidRule, Problem, RuleFailed
from app.graph.names import quote
from app.graph.rule_lint import warn_reasoning
from app.logic.jsonlogic import compile_rule
from app.logic.pointer import child
from app.logic.reasoning.solving import Effort
from app.logic.templates import is_template

#: Rules compare numbers as JavaScript does; past this, neighbours are equal.
MOST_PRECISE = 2**53
#: Operators whose answer depends on the data.
_READING = frozenset({"var", "missing", "missing_some"})


def warn_condition(
    rule: Any, what: str, pointer: str, node_id: str | None = None, *, effort: Effort | None = None
) -> list[Problem]:
    """
    Warnings about a condition: those of any rule, and those about its answer. ``what`` names it in a sentence.

    ``effort`` is what reasoning may cost, if several conditions share it.
    """
    found = warn_value(rule, what, pointer, node_id)
    if found:
        return found
    message = _describe_constant(rule)
    if message:
        return [Problem("CONSTANT_CONDITION", f"{what} {message}", node_id=node_id, pointer=pointer)]
    return warn_reasoning(rule, what, pointer, effort or Effort(), node_id)


def warn_value(rule: Any, what: str, pointer: str, node_id: str | None = None) -> list[Problem]:
    """Warnings about any rule: templates, which are not filled in rules, and numbers that lose digits."""
    found = []
    for value, place, is_argument in _parts(rule, pointer):
        if isinstance(value, str) and is_template(value):
            message = f'{what} has the text {quote(value)}: templates are not filled in rules; use {{"var": …}}.'
            found.append(Problem("TEMPLATE_IN_RULE", message, node_id=node_id, pointer=place))
        elif is_argument and _is_imprecise(value):
            message = f"{what} has the number {quote(value)}, which equals its neighbours: compare such ids as text."
            found.append(Problem("IMPRECISE_NUMBER", message, node_id=node_id, pointer=place))
    return found


def _is_imprecise(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) > MOST_PRECISE


def _parts(rule: Any, pointer: str) -> Iterator[tuple[Any, str, bool]]:
    """All texts and numbers of a rule, their places, and whether an operator gets them."""
    work: list[tuple[Any, str, bool]] = [(rule, pointer, False)]
    while work:
        value, place, is_argument = work.pop()
        if isinstance(value, dict):
            inner = is_argument or len(value) == 1
            work += [(part, child(place, key), inner) for key, part in reversed(value.items())]
        elif isinstance(value, (list, tuple)):
            parts = [(part, child(place, index), is_argument) for index, part in enumerate(value)]
            work += reversed(parts)
        else:
            yield value, place, is_argument


def _describe_constant(rule: Any) -> str | None:
    """The message about a condition that has the same answer for all data; None if it reads some of it."""
    if rule is None or rule == {} or isinstance(rule, bool):
        return None
    with suppress(InvalidRule, RuleFailed):
        compiled = compile_rule(rule)
        # The elements of a list are evaluated, but a list with any elements is true.
        if not isinstance(rule, list) and (compiled.custom or _reads(rule)):
            return None
        answer = "true" if compiled.holds({}) else "false"
        if isinstance(rule, str) and _is_rule_as_text(rule):
            return f"is a text that contains a rule, and so always {answer}: write the rule itself, not as text."
        if isinstance(rule, list):
            return f"is a list, and so always {answer}: write the rule itself, without [ ]."
        return f"is always {answer}: {quote(rule)} reads nothing."
    return None


def _reads(rule: Any) -> bool:
    work = [rule]
    while work:
        value = work.pop()
        if isinstance(value, dict):
            if not _READING.isdisjoint(value):
                return True
            work += value.values()
        elif isinstance(value, (list, tuple)):
            work += value
    return False


def _is_rule_as_text(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
