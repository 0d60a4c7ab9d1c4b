"""Predicates of a rule: conditions, found in its source, that must hold for it to match."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from app.logic.coercion import to_number, truthy
from app.logic.evaluation import Evaluation
from app.logic.jsonlogic import BUILT_IN, Rule
from app.logic.variables import STEPS, parse_path
from app.triggers.index.conditions import AnyOf, Between, Contains, Equals, Present, Variable

#: Longer paths are not looked up.
_MAX_PATH = 16

#: All of them must hold: if one does not, the rule is false and does not raise.
Predicates = list[AnyOf]

_NEVER: AnyOf = ()


def predicates(rule: Rule) -> Predicates:
    """The predicates of this rule; an empty list if there are none."""
    return predicates_of(rule.source, rule.custom)


def predicates_of(source: Any, custom: frozenset[str]) -> Predicates:
    """The predicates of a rule that uses these operators of the deployment."""
    if custom & BUILT_IN:
        return []
    return _reader(custom).read(source)


def _arguments(source: Any) -> list[Any]:
    return list(source) if isinstance(source, (list, tuple)) else [source]


def _is_constant(source: Any) -> bool:
    return source is None or isinstance(source, (str, int, float))


def _index_variable(source: Any) -> Variable | None:
    """The variable, if this part of a rule is one that can be looked up."""
    if not isinstance(source, dict) or list(source) != ["var"]:
        return None
    name, default, *_ = (*_arguments(source["var"]), None, None)
    if not _is_constant(name) or not _is_constant(default):
        return None
    return _plain_variable(name) if type(name) is str and default is None else _read_variable(name, default)


@lru_cache(maxsize=1024)
def _plain_variable(name: str) -> Variable | None:
    """A variable without a default: most triggers of a deployment share a few."""
    return _read_variable(name, None)


def _read_variable(name: Any, default: Any) -> Variable | None:
    path = parse_path(name, Evaluation())
    return Variable(path, default) if 0 < len(path) <= _MAX_PATH and path[0] != STEPS else None


@lru_cache(maxsize=64)
def _reader(custom: frozenset[str]) -> _PredicateReader:
    return _PredicateReader(custom)


class _PredicateReader:
    """Reads the predicates of a rule that uses these operators of the deployment."""

    def __init__(self, custom: frozenset[str]) -> None:
        self.custom = custom
        self.readers: Mapping[str, Callable[[list[Any]], Predicates]] = {
            "and": self.every,
            "or": self.either,
            "if": self.choice,
            "?:": self.choice,
            "!!": lambda arguments: self.read(arguments[0]) if arguments else [_NEVER],
            "!": self.negation,
            "some": self.elements,
            "all": self.elements,
        }

    def read(self, source: Any) -> Predicates:
        """The predicates of a part of the rule."""
        if not isinstance(source, dict):
            return [] if truthy(source) else [_NEVER]
        if len(source) != 1:
            return []
        ((operator, value),) = source.items()
        if operator == "var":
            return self.present(source)
        arguments = _arguments(value)
        if operator in self.readers:
            return self.readers[operator](arguments)
        return _COMPARISONS[operator](arguments) if operator in _COMPARISONS else []

    def every(self, parts: Sequence[Any]) -> Predicates:
        """The predicates of all parts up to the first that may raise; later parts cannot prevent that."""
        found: Predicates = [] if parts else [_NEVER]
        for part in parts:
            found += self.read(part)
            if self.may_raise(part):
                break
        return _intersect(found)

    def either(self, parts: Sequence[Any]) -> Predicates:
        """The probably most selective predicate of each part."""
        each = [self.read(part) for part in parts]
        if not all(each):
            return []
        return [tuple(condition for found in each for condition in min(found, key=_breadth))]

    def choice(self, parts: list[Any]) -> Predicates:
        """``if`` without an else, or with one that is false."""
        if len(parts) in (2, 3) and _is_constant(otherwise := (*parts, None)[2]) and not truthy(otherwise):
            return self.every(parts[:2])
        return []

    def negation(self, arguments: list[Any]) -> Predicates:
        """The predicates of ``! !`` and of ``! missing``."""
        inner = arguments[0] if arguments else None
        if not isinstance(inner, dict) or len(inner) != 1:
            return []
        ((operator, value),) = inner.items()
        names = _arguments(value)
        if operator == "!" and names:
            return self.read(names[0])
        if operator != "missing" or not names or not isinstance(names[0], (str, list)):
            return []
        names = names[0] if isinstance(names[0], list) else names
        return [found for name in names if isinstance(name, str) for found in self.present({"var": name})]

    def elements(self, arguments: list[Any]) -> Predicates:
        """``some`` and ``all`` need an array with elements."""
        return self.present(arguments[0]) if arguments else [_NEVER]

    def present(self, source: Any) -> Predicates:
        """The predicate that a variable is not null."""
        variable = _index_variable(source)
        return [(Present(variable),)] if variable else []

    def may_raise(self, source: Any) -> bool:
        """True if a part of the rule uses an operator of the deployment."""
        if not self.custom:
            return False
        if isinstance(source, dict):
            return any(key in self.custom or self.may_raise(value) for key, value in source.items())
        return isinstance(source, (list, tuple)) and any(self.may_raise(item) for item in source)


def _breadth(found: AnyOf) -> float:
    """An estimate of the events that fulfil a predicate, without knowledge of other triggers."""
    breadths = {Equals: 1, Contains: 1, Between: 10, Present: 20}
    return sum(breadths[type(condition)] for condition in found)


def _intersect(found: Predicates) -> Predicates:
    """Intervals of the same variable as one."""
    intervals: dict[Variable, Between] = {}
    others: Predicates = []
    for any_of in found:
        (first, *rest) = any_of or (None,)
        if rest or not isinstance(first, Between):
            others.append(any_of)
            continue
        known = intervals.get(first.variable, first)
        low, high = max(known.low, first.low), min(known.high, first.high)
        intervals[first.variable] = replace(first, low=low, high=high)
    return others + [(interval,) if interval.low <= interval.high else _NEVER for interval in intervals.values()]


def _equality(arguments: list[Any]) -> Predicates:
    left, right = (*arguments, None, None)[:2]
    variable, constant = (_index_variable(left), right) if isinstance(left, dict) else (_index_variable(right), left)
    return [(Equals(variable, constant),)] if variable and _is_constant(constant) else []


def _index_membership(arguments: list[Any]) -> Predicates:
    needle, haystack = (*arguments, None, None)[:2]
    variable = _index_variable(needle)
    if variable and isinstance(haystack, list) and all(map(_is_constant, haystack)):
        return [tuple(Equals(variable, option) for option in haystack)]
    variable = _index_variable(haystack)
    return [(Contains(variable, needle),)] if variable and _is_constant(needle) else []


def _ascending(arguments: list[Any]) -> Predicates:
    """``a < b`` and ``a < b < c``, with or without ``=``."""
    values = arguments[:3]
    return _intersect([found for pair in pairwise(values) for found in _index_order(*pair)])


def _descending(arguments: list[Any]) -> Predicates:
    return _ascending(arguments[1::-1]) if len(arguments) > 1 else []


def _index_order(lower: Any, upper: Any) -> Predicates:
    variable = _index_variable(upper) if _is_constant(lower) else _index_variable(lower)
    bound = lower if _is_constant(lower) else upper
    if variable is None or not _is_constant(bound):
        return []
    number = to_number(bound, Evaluation())
    if isinstance(bound, str):
        return [(Present(variable),)] if number != number else []
    return [(Between(variable, low=number) if _is_constant(lower) else Between(variable, high=number),)]


_COMPARISONS: Mapping[str, Callable[[list[Any]], Predicates]] = {
    "==": _equality,
    "===": _equality,
    "in": _index_membership,
    "<": _ascending,
    "<=": _ascending,
    ">": _descending,
    ">=": _descending,
}
