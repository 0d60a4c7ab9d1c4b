"""A rule as a formula: what its operators combine, down to comparisons of one path with constants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.errors import InvalidRule, RuleFailed
from app.logic.coercion import truthy
from app.logic.evaluation import Evaluation
from app.logic.jsonlogic import compile_rule
from app.logic.variables import parse_path

Path = tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """A condition on the value of one path: true or false for each kind of value."""

    path: Path
    #: ``==``, ``===``, ``<``, ``<=``, ``>``, ``>=`` (the value is on the left), ``in``, ``truthy`` or ``absent``.
    op: str
    #: A constant: null, true, false, a number or a text; of ``in`` a tuple of them.
    constant: Any = field(default=None, compare=False)
    #: The constant as text: true and 1 are equal in Python, but are not the same constant.
    key: str = field(default="", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", repr(self.constant))


@dataclass(frozen=True)
class Opaque:
    """A condition that is not looked into: it may be true or false, whatever all else is."""

    key: str


@dataclass(frozen=True)
class Combination:
    """All of the parts, any of them, or not the only one."""

    op: Literal["and", "or", "not"]
    parts: tuple[Formula, ...]


Formula = Comparison | Opaque | Combination | bool

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ORDER = frozenset(_MIRRORED)
_NEGATED = {"!=": "==", "!==": "==="}


def conjunction(parts: Sequence[Formula]) -> Formula:
    return Combination("and", tuple(parts))


def disjunction(parts: Sequence[Formula]) -> Formula:
    return Combination("or", tuple(parts))


def negation(part: Formula) -> Formula:
    return Combination("not", (part,))


def atoms_of(formula: Formula) -> Iterator[Comparison | Opaque]:
    """The conditions that a formula combines, in their order."""
    pending = [formula]
    while pending:
        part = pending.pop()
        if isinstance(part, Combination):
            pending += reversed(part.parts)
        elif not isinstance(part, bool):
            yield part


def read_formula(rule: Any) -> Formula:
    """The formula of a rule that compiles. Operators that the deployment registered are opaque. Raises InvalidRule."""
    return _Reader(compile_rule(rule).custom).read(rule)


class _Reader:
    """Reads one rule."""

    def __init__(self, custom: frozenset[str]) -> None:
        self.custom = custom
        #: Operators of the deployment need not answer the same twice, so each has a key of its own.
        self.number = 0

    def read(self, rule: Any) -> Formula:
        """The formula for the truth of a rule."""
        if not isinstance(rule, dict):
            return bool(rule) if isinstance(rule, (list, tuple)) else truthy(rule)
        if len(rule) != 1:
            return True
        ((name, source),) = rule.items()
        arguments = [*source] if isinstance(source, (list, tuple)) else [source]
        if name in self.custom:
            return self.opaque(rule)
        read = self.readers().get(name)
        found = read(name, arguments) if read is not None else None
        return self.opaque(rule) if found is None else found

    def readers(self) -> Mapping[str, Callable[[str, list[Any]], Formula | None]]:
        return {
            "and": self.group,
            "or": self.group,
            "if": self.choice,
            "?:": self.choice,
            "!": self.negated,
            "!!": self.same,
            "log": self.same,
            "var": self.variable,
            "missing": self.missing,
            "missing_some": self.missing_some,
            "in": self.membership,
            **dict.fromkeys([*_ORDER, "==", "===", *_NEGATED], self.comparison),
        }

    def opaque(self, rule: Any) -> Formula:
        try:
            key = json.dumps(rule, sort_keys=False, default=repr)
        except (ValueError, RecursionError):
            key = ""
        if not key or any(json.dumps(name) in key for name in self.custom):
            self.number += 1
            return Opaque(f"#{self.number}")
        return Opaque(key)

    def group(self, name: str, arguments: list[Any]) -> Formula:
        if not arguments:
            return False
        parts = tuple(self.read(argument) for argument in arguments)
        return Combination("and" if name == "and" else "or", parts)

    def choice(self, name: str, arguments: list[Any]) -> Formula:
        """The ways through an ``if``; without an else its value is null."""
        result: Formula = self.read(arguments[-1]) if len(arguments) % 2 else False
        for place in range(len(arguments) // 2 * 2 - 2, -1, -2):
            condition, value = self.read(arguments[place]), self.read(arguments[place + 1])
            taken = conjunction([condition, value])
            result = disjunction([taken, conjunction([negation(condition), result])])
        return result

    def negated(self, name: str, arguments: list[Any]) -> Formula:
        return negation(self.read(arguments[0])) if arguments else True

    def same(self, name: str, arguments: list[Any]) -> Formula:
        return self.read(arguments[0]) if arguments else False

    def variable(self, name: str, arguments: list[Any]) -> Formula | None:
        path = _path({"var": arguments})
        return None if path is None else Comparison(path, "truthy")

    def missing(self, name: str, arguments: list[Any]) -> Formula | None:
        names = arguments[0] if arguments and isinstance(arguments[0], list) else arguments
        return _absent(names, disjunction)

    def missing_some(self, name: str, arguments: list[Any]) -> Formula | None:
        if len(arguments) < 2 or not isinstance(arguments[1], list) or isinstance(arguments[0], bool):
            return None
        needed, names = arguments[:2]
        if needed == 1 and names:
            return _absent(names, conjunction)
        return _absent(names, disjunction) if needed == len(names) and names else None

    def membership(self, name: str, arguments: list[Any]) -> Formula | None:
        path = _path(arguments[0]) if len(arguments) > 1 else None
        if path is None or not isinstance(arguments[1], list):
            return None
        members = arguments[1]
        if any(isinstance(member, (dict, list)) for member in members):
            return None
        return Comparison(path, "in", tuple(members))

    def comparison(self, name: str, arguments: list[Any]) -> Formula | None:
        if name in ("<", "<=") and len(arguments) > 2:
            first, second = self.comparison(name, arguments[:2]), self.comparison(name, arguments[1:3])
            return None if first is None or second is None else conjunction([first, second])
        if len(arguments) < 2:
            return None
        left, right = arguments[:2]
        if not isinstance(left, (dict, list)) and not isinstance(right, (dict, list)):
            return _answer_constant({name: [left, right]})
        op = _NEGATED.get(name, name)
        path, constant = _path(left), right
        if path is None:
            path, constant, op = _path(right), left, _MIRRORED.get(op, op)
        if path is None or isinstance(constant, (dict, list)):
            return None
        found = Comparison(path, op, constant)
        return negation(found) if name in _NEGATED else found


def _path(value: Any) -> Path | None:
    """The path of a ``var`` with a constant name and without a default."""
    if not isinstance(value, dict) or [*value] != ["var"]:
        return None
    arguments = value["var"] if isinstance(value["var"], list) else [value["var"]]
    if len(arguments) > 1 and arguments[1] is not None:
        return None
    name = arguments[0] if arguments else ""
    return None if isinstance(name, (dict, list)) else parse_path(name, Evaluation())


def _absent(names: Sequence[Any], combine: Callable[[Sequence[Formula]], Formula]) -> Formula | None:
    if any(isinstance(name, (dict, list)) for name in names):
        return None
    return combine([Comparison(parse_path(name, Evaluation()), "absent") for name in names])


def _answer_constant(rule: Any) -> Formula | None:
    """The answer of a rule without variables."""
    try:
        return compile_rule(rule).holds(None)
    except (InvalidRule, RuleFailed):
        return None
