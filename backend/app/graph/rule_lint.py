"""Warnings about conditions that reasoning finds to have one answer, or an answer that surprises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from app.errors import InvalidRule, Problem, RuleFailed
from app.graph.names import listed, quote
from app.logic.jsonlogic import compile_rule
from app.logic.pointer import printable
from app.logic.reasoning.formula import (
    Combination,
    Comparison,
    Formula,
    Path,
    atoms_of,
    negation,
    read_formula,
)
from app.logic.reasoning.solving import Effort, TooHard, Witness, can_hold, event_of, find_witness, truth_of

_ORDER = frozenset({"<", "<=", ">", ">="})
#: Atoms of one rule that are looked at for missing values.
_LOOKED_AT = 20


def warn_reasoning(rule: Any, what: str, pointer: str, effort: Effort, node_id: str | None = None) -> list[Problem]:
    """
    Warnings about a condition that is never true, always true, or true where a value that it compares is missing.

    ``what`` names it in a sentence. Nothing is said where reasoning would take too long.
    """
    with suppress(InvalidRule, TooHard):
        formula = read_formula(rule)
        if isinstance(formula, bool):
            return []
        never = _describe_contradiction(formula, what, effort)
        if never is not None:
            return [Problem("RULE_NEVER_TRUE", never, node_id=node_id, pointer=pointer)]
        if not can_hold(negation(formula), effort):
            message = f"{what} is always true: whatever the values are, it holds.{_advise(formula)}"
            return [Problem("RULE_ALWAYS_TRUE", message, node_id=node_id, pointer=pointer)]
        return [*_warn_missing(rule, formula, what, pointer, effort, node_id)]
    return []


def find_contradiction(rule: Any, what: str) -> str | None:
    """Why no event can meet a condition, in a sentence that calls it ``what``; None if one can, or it is too hard."""
    with suppress(InvalidRule, TooHard):
        formula = read_formula(rule)
        return None if isinstance(formula, bool) else _describe_contradiction(formula, what, Effort())
    return None


def _describe_contradiction(formula: Formula, what: str, effort: Effort) -> str | None:
    if can_hold(formula, effort):
        return None
    return f"{what} is never true: {_explain_never(formula, effort)}.{_advise(formula)}"


def _explain_never(formula: Formula, effort: Effort) -> str:
    """Why a formula is never true: the path for which its clauses exclude each other, if it is one."""
    parts = formula.parts if isinstance(formula, Combination) and formula.op == "and" else (formula,)
    for part in parts:
        if not can_hold(part, effort):
            names = _path_names(part)
            return f"no value of {listed(names)} meets the clause about it" if names else "one of its clauses is false"
    for path in dict.fromkeys(path for part in parts for path in _comparison_paths(part)):
        about = tuple(part for part in parts if [*_comparison_paths(part)] == [path])
        if not can_hold(Combination("and", about), effort):
            return f"no value of {name_path(path)} meets all clauses about it"
    return "its clauses exclude each other"


def _advise(formula: Formula) -> str:
    """The remedy if ``and`` and ``or`` are mixed up: one value that equals several constants, or none of them."""
    if not isinstance(formula, Combination) or len(formula.parts) < 2:
        return ""
    negated = [part.parts[0] for part in formula.parts if isinstance(part, Combination) and part.op == "not"]
    if formula.op == "or" and len(negated) == len(formula.parts) and _compare_one_path(negated):
        return " To exclude several values, use `and`."
    if formula.op == "and" and _compare_one_path(formula.parts):
        return " To accept one of several values, use `in`."
    return ""


def _compare_one_path(parts: Sequence[Formula]) -> bool:
    equalities = [part for part in parts if isinstance(part, Comparison) and part.op in ("==", "===")]
    return len(equalities) == len(parts) and len({part.path for part in equalities}) == 1


def _comparison_paths(formula: Formula) -> dict[Path, None]:
    return dict.fromkeys(atom.path for atom in atoms_of(formula) if isinstance(atom, Comparison))


def _path_names(formula: Formula) -> list[str]:
    return [name_path(path) for path in _comparison_paths(formula)]


def name_path(path: Path) -> str:
    """A path in a message."""
    return f"`{printable('.'.join(path))[:80]}`" if path else "the event"


def _warn_missing(
    rule: Any, formula: Formula, what: str, pointer: str, effort: Effort, node_id: str | None
) -> Iterator[Problem]:
    """Comparisons that a missing value fulfils, because it counts as 0, and on which the rule depends then."""
    seen: set[Path] = set()
    for atom in list(dict.fromkeys(atoms_of(formula)))[:_LOOKED_AT]:
        if not isinstance(atom, Comparison) or atom.op not in _ORDER or atom.path in seen or not atom.path:
            continue
        if _is_met_by_missing(rule, formula, atom, effort):
            seen.add(atom.path)
            name = name_path(atom.path)
            message = (
                f"{what} also matches where {name} is missing: a missing value counts as 0, and 0 {atom.op} "
                f"{quote(atom.constant)} holds. To ask for the value, compare it with null too, by `!=`."
            )
            yield Problem("MATCHES_WHEN_MISSING", message, node_id=node_id, pointer=pointer)


def _is_met_by_missing(rule: Any, formula: Formula, atom: Comparison, effort: Effort) -> bool:
    """True if an event without the value matches, and would not if the comparison failed."""
    compiled = compile_rule(rule)

    def depends(witness: Witness) -> bool:
        event = event_of(witness)
        if event is None:
            return False
        truth = {**witness.truth, atom: False}
        with suppress(RuleFailed):
            return bool(witness.truth.get(atom)) and truth_of(formula, truth) is False and compiled.holds(event)
        return False

    fixed = find_witness(
        formula,
        effort,
        accepts=depends,
        fixed=lambda path, kind: path != atom.path or kind.type == "null",
    )
    return fixed is not None
