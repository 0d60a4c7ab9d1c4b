"""Parts of rules and values, as sentences name them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from app.graph.names import listed, quote
from app.logic.clauses import Clause
from app.why.wording.totals import name_total

#: Characters of an expression in a sentence.
_SHOWN = 120
#: Operators that are written between their arguments.
_BETWEEN = frozenset({"+", "-", "*", "/", "%", "==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "and", "or"})


def show_value(value: Any) -> str:
    """A value as JSON shows it, shortened."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN (not a number)" if value != value else "infinite"
    return quote(value)


def show_path(path: Sequence[str]) -> str:
    """A path in a sentence; the empty one is the event."""
    return f"`{'.'.join(path)}`" if path else "the event"


def name_clause(clause: Clause) -> str:
    """What a clause computes, as a sentence names it: a path, a constant or an expression."""
    text = _name(clause)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _name(clause: Clause) -> str:
    if clause.literal:
        return show_value(clause.value)
    if clause.op == "var":
        return _name_variable(clause)
    if clause.op in _BETWEEN and len(clause.args) > 1:
        return f" {clause.op} ".join(_inner(arg) for arg in clause.args)
    if clause.op == "reduce" and clause.args:
        return name_total(clause.source["reduce"], name_clause(clause.args[0])) or _call(clause)
    if clause.op == "list":
        return f"[{', '.join(map(name_clause, clause.args))}]"
    return _call(clause)


def _call(clause: Clause) -> str:
    return f"{clause.op}({', '.join(map(name_clause, clause.args))})"


def _inner(clause: Clause) -> str:
    return f"({name_clause(clause)})" if clause.op in _BETWEEN else name_clause(clause)


def _name_variable(clause: Clause) -> str:
    if clause.path is not None:
        return show_path(clause.path)
    name = clause.args[0].value if clause.args else ""
    return f"`{name}`" if isinstance(name, str) and name else "the item"


def is_missing(clause: Clause) -> bool:
    """True for a variable that the event does not have."""
    return clause.op == "var" and not clause.found and clause.value is None


def show_state(clause: Clause) -> str:
    """The clause and its value: "`lead.score` was 70", "`lead.score` is missing"."""
    if is_missing(clause):
        return f"{name_clause(clause)} is missing"
    if clause.op == "var" and not clause.found and len(clause.args) > 1:
        return f"{name_clause(clause)} was {show_value(clause.value)} (its default, as it is missing)"
    return f"{name_clause(clause)} was {show_value(clause.value)}"


def show_other(clause: Clause) -> str:
    """The value that something is compared with: a constant, or an expression with its value."""
    if clause.literal:
        return show_value(clause.value)
    if is_missing(clause):
        return f"{name_clause(clause)}, which is missing"
    return f"{name_clause(clause)}, which was {show_value(clause.value)}"


def join_or(names: Sequence[str]) -> str:
    """Names in a sentence: "a, b or c"."""
    return _join(names, "or")


def join_and(names: Sequence[str]) -> str:
    """Names in a sentence: "a, b and c"."""
    return _join(names, "and")


def _join(names: Sequence[str], word: str) -> str:
    if len(names) < 2 or len(names) > 10:
        return listed([*names])
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
