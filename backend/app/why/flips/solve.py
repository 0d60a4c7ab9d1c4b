"""The values of single variables that give an expression a value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.logic.clauses import Clause
from app.logic.coercion import double, tidy

#: A variable of the event, and the value that it must have.
Solution = tuple[Clause, Any]


def solve(subject: Clause, value: Any) -> Iterator[Solution]:
    """
    Each variable inside an expression with the value that gives the expression this one, all others as they are.

    A solution may be wrong where JSONLogic converts types; evaluate the expression to be sure.
    """
    if subject.op == "var" and subject.path:
        if all(arg.literal for arg in subject.args):
            yield subject, value
    elif not subject.custom and subject.op in _SOLVERS:
        yield from _SOLVERS[subject.op](subject, value)


def _solve_sum(subject: Clause, value: Any) -> Iterator[Solution]:
    if len(subject.args) == 1:
        yield from solve(subject.args[0], value)
        return
    yield from _solve_terms(subject, value, lambda known, _: _finite(value) - sum(known))


def _solve_product(subject: Clause, value: Any) -> Iterator[Solution]:
    yield from _solve_terms(subject, value, lambda known, _: _finite(value) / math.prod(known))


def _solve_difference(subject: Clause, value: Any) -> Iterator[Solution]:
    def needed(known: list[float], place: int) -> float:
        return _finite(value) + known[0] if place == 0 else known[0] - _finite(value)

    yield from _solve_terms(subject, value, needed, most=2)


def _solve_quotient(subject: Clause, value: Any) -> Iterator[Solution]:
    def needed(known: list[float], place: int) -> float:
        return _finite(value) * known[0] if place == 0 else known[0] / _finite(value)

    yield from _solve_terms(subject, value, needed, most=2)


def _solve_terms(
    subject: Clause, value: Any, needed: Callable[[list[float], int], float], most: int | None = None
) -> Iterator[Solution]:
    """One argument of a calculation after the other; ``needed`` computes it from the others and its place."""
    args = subject.args
    if not _is_number(value) or len(args) < 2 or (most is not None and len(args) > most):
        return
    for place, arg in enumerate(args):
        known = [other.value for number, other in enumerate(args) if number != place]
        if arg.literal or not all(map(_is_number, known)):
            continue
        try:
            found = needed([_finite(each) for each in known], place)
        except (ArithmeticError, ValueError):
            continue
        # What only computers tell apart is no change that a person would make.
        if math.isfinite(found) and not (_is_number(arg.value) and math.isclose(found, double(arg.value))):
            yield from solve(arg, tidy(float(found)))


def _finite(value: Any) -> float:
    number = float(double(value))
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _solve_extreme(subject: Clause, value: Any) -> Iterator[Solution]:
    """``min`` and ``max``: any of the arguments may be the one."""
    for arg in subject.args:
        yield from solve(arg, value)


def _solve_text(subject: Clause, value: Any) -> Iterator[Solution]:
    """``cat``: what is between the texts before and after an argument."""
    parts = [arg.value for arg in subject.args]
    if not isinstance(value, str) or not all(isinstance(part, str) for part in parts):
        return
    for place, arg in enumerate(subject.args):
        before, after = "".join(parts[:place]), "".join(parts[place + 1 :])
        if len(before) + len(after) <= len(value) and value.startswith(before) and value.endswith(after):
            yield from solve(arg, value[len(before) : len(value) - len(after)])


def _solve_remainder(subject: Clause, value: Any) -> Iterator[Solution]:
    """The next number that has a remainder: 8 for ``n % 2 == 0`` where n was 7."""
    if len(subject.args) != 2:
        return
    number, divisor = (arg.value for arg in subject.args)
    if not subject.args[1].literal or not all(_is_number(each) and each >= 0 for each in (number, divisor, value)):
        return
    if value < divisor and math.isfinite(number):
        yield from solve(subject.args[0], number + (value - number) % divisor)


def _solve_part(subject: Clause, value: Any) -> Iterator[Solution]:
    """The text whose beginning or end is a value: ``substr(x, 0, 3)`` and ``substr(x, -3)``."""
    if len(subject.args) < 2 or not isinstance(value, str) or not all(arg.literal for arg in subject.args[1:]):
        return
    text, start, *lengths = (arg.value for arg in subject.args)
    before = text if isinstance(text, str) else ""
    if start == 0 and [*lengths] == [len(value)]:
        yield from solve(subject.args[0], value + before[len(value) :])
    elif isinstance(start, int) and value and start == -len(value) and not lengths:
        yield from solve(subject.args[0], before[:start] + value)


def _solve_log(subject: Clause, value: Any) -> Iterator[Solution]:
    if len(subject.args) == 1:
        yield from solve(subject.args[0], value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_SOLVERS: Mapping[str, Callable[[Clause, Any], Iterator[Solution]]] = {
    "+": _solve_sum,
    "*": _solve_product,
    "-": _solve_difference,
    "/": _solve_quotient,
    "%": _solve_remainder,
    "min": _solve_extreme,
    "max": _solve_extreme,
    "cat": _solve_text,
    "substr": _solve_part,
    "log": _solve_log,
}
