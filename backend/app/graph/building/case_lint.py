"""Warnings about the cases of a branch that reasoning over their conditions finds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidRule, Problem, RuleFailed
from app.graph.building.case_advice import BRANCH
from app.graph.building.cases import cases_of
from app.graph.model import Node
from app.graph.names import listed, quote
from app.graph.rule_lint import name_path
from app.logic.jsonlogic import compile_rule
from app.logic.reasoning.formula import Formula, conjunction, negation, read_formula
from app.logic.reasoning.solving import Effort, TooHard, Witness, can_hold, event_of, find_witness
from app.logic.reasoning.values import Kind

#: Cases of one branch that are compared with each other.
MAX_CASES = 50


@dataclass(frozen=True)
class _Case:
    """One case, and the formula of its condition."""

    index: int
    formula: Formula
    condition: Any


def warn_case_reach(node: Node, place: str, effort: Effort, *, continues: bool) -> list[Problem]:
    """
    Cases that those above them take all of, and a branch of which no case may be taken.

    ``place`` leads to the node's data; ``continues`` is True if the path goes on where no case is taken.
    """
    if node.type != BRANCH or len(cases_of(node)) > MAX_CASES:
        return []
    with suppress(InvalidRule, TooHard):
        cases = [_Case(*each) for each in _read_cases(node)]
        problems = [*_warn_unreached(node, cases, place, effort)]
        if not continues and cases:
            problems += _warn_not_exhaustive(node, cases, place, effort)
        return problems
    return []


def _read_cases(node: Node) -> Iterator[tuple[int, Formula, Any]]:
    for index, case in cases_of(node):
        if case.get("else"):
            yield index, True, True
        elif case.get("condition") is not None:
            condition = case["condition"]
            yield index, read_formula(condition), condition


def _warn_unreached(node: Node, cases: list[_Case], place: str, effort: Effort) -> Iterator[Problem]:
    for number, case in enumerate(cases):
        above = cases[:number]
        # A case below one without a condition, and one that is never true, have warnings of their own.
        if not above or any(each.formula is True for each in above) or not can_hold(case.formula, effort):
            continue
        if not can_hold(conjunction([*(negation(each.formula) for each in above), case.formula]), effort):
            taker = _find_taker(case, above, effort)
            takes = f"case {taker.index + 1}, above it, takes" if taker else "the cases above it take"
            what = "everything" if case.formula is True else "all that it accepts"
            message = f"Case {case.index + 1} of node {node.id} is never reached: {takes} {what}."
            yield Problem("CASE_NEVER_REACHED", message, node_id=node.id, pointer=f"{place}/cases/{case.index}")


def _find_taker(case: _Case, above: list[_Case], effort: Effort) -> _Case | None:
    """The one case that alone takes all that another accepts."""
    for each in above:
        if not can_hold(conjunction([negation(each.formula), case.formula]), effort):
            return each
    return None


def _warn_not_exhaustive(node: Node, cases: list[_Case], place: str, effort: Effort) -> Iterator[Problem]:
    if any(case.formula is True for case in cases):
        return
    witness = _find_left_over(cases, effort)
    if witness is not None:
        values = listed([_describe_kind(path, kind) for path, kind in witness.kinds.items()], " and ")
        message = (
            f"No case of node {node.id} is taken where {values}, and the path ends there: add a case with else, or an "
            "edge without a handle."
        )
        yield Problem("CASES_NOT_EXHAUSTIVE", message, node_id=node.id, pointer=f"{place}/cases")


def _find_left_over(cases: list[_Case], effort: Effort) -> Witness | None:
    """Values for which no case is taken; those that are there come before missing ones."""
    formula = conjunction([negation(case.formula) for case in cases])
    rules = [compile_rule(case.condition) for case in cases]

    def is_left_over(witness: Witness) -> bool:
        event = event_of(witness)
        with suppress(RuleFailed):
            return event is not None and bool(witness.kinds) and not any(rule.holds(event) for rule in rules)
        return False

    def is_there(path: tuple[str, ...], kind: Kind) -> bool:
        return kind.type != "null"

    return find_witness(formula, effort, accepts=is_left_over, fixed=is_there) or find_witness(
        formula, effort, accepts=is_left_over
    )


def _describe_kind(path: tuple[str, ...], kind: Kind) -> str:
    name = name_path(path)
    return f"{name} is missing" if kind.type == "null" else f"{name} is {quote(kind.sample)}"
