"""
JSONLogic rules, checked and compiled to closures; the only module that imports ``json_logic``.

Results are those of json-logic-js, with three differences. Properties of JavaScript's prototypes are not data:
``{"var": "toString"}`` is null. Where json-logic-js throws on odd data, evaluation continues. An unknown operator is
refused when the rule is compiled, not when it is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import json_logic

from app.errors import InvalidRule
from app.logic.closures import (
    NOTHING,
    Code,
    above,
    array,
    below,
    build_closure,
    call,
    call_custom,
    choose_closure,
    constant,
    differs_from,
    either,
    equal_to,
    every,
    one_of,
    plain_number,
)
from app.logic.evaluation import Evaluation
from app.logic.foreign_operators import hint_for
from app.logic.loops import LOOPS
from app.logic.operators import EAGER
from app.logic.pointer import child
from app.logic.reads import absent, absent_some, variable
from app.logic.rule import Functions, Rule
from app.logic.variables import parse_path

__all__ = ["BUILT_IN", "MAX_DEPTH", "MAX_SIZE", "NO_FUNCTIONS", "Rule", "compile_rule", "compile_value"]

#: Levels of operators and lists in a rule.
MAX_DEPTH = 100

#: Operators, lists and constants in a rule.
MAX_SIZE = 10_000

_BRANCHES: Mapping[str, Callable[[Sequence[Code]], Code]] = {
    "and": every,
    "or": either,
    "if": choose_closure,
    "?:": choose_closure,
}
_DATA: Mapping[str, Callable[[Sequence[Code]], Code]] = {
    "var": lambda arguments: variable(*(*arguments, NOTHING, NOTHING)[:2]),
    "missing": absent,
    "missing_some": absent_some,
}

#: Operators with two names.
_SAME = {"?:": "if"}
_NEGATIONS = frozenset({"!", "!!"})

_ORDER = {"<": below, ">": above}
_EQUALITY = {"==": equal_to, "!=": differs_from}

#: The types of constants in lists, which may be long.
_CONSTANTS = frozenset({str, int, float, bool, type(None)})

#: The one empty set, which most rules share: each of their own would take a tenth of a trigger's memory.
_NONE: frozenset[Any] = frozenset()

#: The functions of most rules, which use no operator of the deployment.
NO_FUNCTIONS: Functions = MappingProxyType({})

#: The operators that every rule can use; a deployment may redefine those of ``EAGER``.
BUILT_IN = frozenset([*_BRANCHES, *_DATA, *LOOPS, *EAGER])


def compile_rule(rule: Any, functions: Functions | None = None) -> Rule:
    """
    Compile a condition of a trigger or a branch. Raises InvalidRule, also for an object with several keys.

    ``functions`` are the operators of the deployment; None: those that are registered now.
    """
    if isinstance(rule, dict) and not rule:
        raise InvalidRule("A rule needs an operator, and this object is empty.", code="RULE_KEYS")
    return RuleCompiler(objects=False, functions=functions).rule(rule)


def compile_value(rule: Any) -> Rule:
    """Compile a value of transform, which may build objects with several keys. Raises InvalidRule."""
    return RuleCompiler(objects=True).rule(rule)


class RuleCompiler:
    """One pass over one rule."""

    def __init__(self, *, objects: bool, functions: Functions | None = None) -> None:
        self.objects = objects
        self.find_function = _registered if functions is None else functions.get
        self.size = 0
        self.depth = 0
        self.dynamic = False
        self.builds = False
        self.custom: dict[str, Callable[..., Any]] = {}
        self.beside: set[tuple[str, ...]] = set()

    def rule(self, source: Any) -> Rule:
        code = self.code(source, "")
        custom, beside = frozenset(self.custom) or _NONE, frozenset(self.beside) or _NONE
        return Rule(source, self.dynamic, custom, beside, code, self.builds, self.custom or NO_FUNCTIONS)

    def code(self, source: Any, pointer: str) -> Code:
        self.size += 1
        if self.size > MAX_SIZE:
            raise InvalidRule(f"The rule has more than {MAX_SIZE:,} parts.", pointer=pointer, code="RULE_TOO_LARGE")
        if not isinstance(source, (dict, list, tuple)):
            return constant(source)
        if self.depth == MAX_DEPTH:
            message = f"The rule is nested deeper than {MAX_DEPTH} levels."
            raise InvalidRule(message, pointer=pointer, code="RULE_TOO_DEEP")
        self.depth += 1
        code = self.object(source, pointer) if isinstance(source, dict) else self.array(source, pointer)
        self.depth -= 1
        return code

    def array(self, source: Sequence[Any], pointer: str) -> Code:
        if self.size + len(source) <= MAX_SIZE and _CONSTANTS.issuperset(map(type, source)):
            self.size += len(source)
            return constant(list(source))
        items = array([self.code(item, f"{pointer}/{i}") for i, item in enumerate(source)])
        self.builds = self.builds or not items.constant
        return items

    def object(self, source: dict[Any, Any], pointer: str) -> Code:
        if len(source) == 1:
            ((name, arguments),) = source.items()
            return self.operation(name if isinstance(name, str) else str(name), arguments, pointer)
        if source and not self.objects:
            keys = ", ".join(repr(key)[:40] for key in list(source)[:5])
            message = f"A rule has one operator, and this object has {len(source)} keys: {keys}."
            raise InvalidRule(message, pointer=pointer, code="RULE_KEYS")
        self.builds = self.builds or bool(source)
        return build_closure({key: self.code(value, child(pointer, key)) for key, value in source.items()})

    def operation(self, name: str, source: Any, pointer: str) -> Code:
        custom = None if name in LOOPS or name in _BRANCHES or name in _DATA else self.find_function(name)
        if custom is None and name not in BUILT_IN:
            raise InvalidRule(_unknown(name), pointer=pointer, code="UNKNOWN_OPERATOR")
        inside = child(pointer, name)
        located = [(source, inside)]
        if isinstance(source, (list, tuple)):
            located = [(item, f"{inside}/{i}") for i, item in enumerate(source)]
        if name in LOOPS:
            return self.loop(name, located)
        arguments = [self.code(*item) for item in located]
        if custom is not None:
            self.custom[name] = custom
            self.builds = True
            return call_custom(name, custom, arguments)
        return self.built_in(name, arguments)

    def built_in(self, name: str, arguments: Sequence[Code]) -> Code:
        if name in _BRANCHES:
            return _BRANCHES[name](arguments)._replace(op=_SAME.get(name, name), parts=tuple(arguments))
        if name in _DATA:
            self.note(name, arguments)
            return _DATA[name](arguments)
        self.builds = self.builds or EAGER[name].builds
        code = _special(name, arguments) or call(EAGER[name], arguments)
        if name in _NEGATIONS and arguments and arguments[0].op:
            return code._replace(op=name, parts=(arguments[0],))
        return code

    def loop(self, name: str, located: Sequence[tuple[Any, str]]) -> Code:
        elements = self.code(*located[0]) if located else NOTHING
        before = self.size
        body = self.code(*located[1]) if len(located) > 1 else NOTHING
        weight = 1 + self.size - before
        initial = self.code(*located[2]) if len(located) > 2 else NOTHING
        self.builds = True
        return LOOPS[name](elements, body, initial, weight)

    def note(self, operator: str, arguments: Sequence[Code]) -> None:
        """Record the ``$`` variables that an operator reads, and whether it computes names."""
        if operator == "var" and arguments and type(arguments[0].value) is str and arguments[0].value[:1] != "$":
            return
        for name in {"var": arguments[:1], "missing": arguments, "missing_some": arguments[1:2]}[operator]:
            self.dynamic = self.dynamic or not name.constant
            listed = operator != "var" and isinstance(name.value, (list, tuple))
            paths = (parse_path(each, Evaluation()) for each in (name.value if listed else [name.value]))
            self.beside.update(path for path in paths if path and path[0].startswith("$"))


def _special(name: str, arguments: Sequence[Code]) -> Code | None:
    """A shorter closure for the comparisons that most rules are made of."""
    if len(arguments) != 2:
        return None
    left, right = arguments
    if name == "in" and right.constant and isinstance(right.value, list):
        return one_of(left, right.value)
    if name in _ORDER and plain_number(right):
        return _ORDER[name](left, right.value)
    if name in _EQUALITY and (plain_number(right) or type(right.value) is str):
        return _EQUALITY[name](left, right.value)
    return None


def _registered(name: str) -> Callable[..., Any] | None:
    """The function that the deployment registered by this name; dots lead into mappings, never to attributes."""
    found: Any = json_logic._custom_operations
    if name in found:
        found = found[name]
    else:
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    return found if callable(found) else None


def _unknown(name: str) -> str:
    if name == "method":
        return "The operator 'method' is refused: a rule cannot call methods."
    hint = hint_for(name) or (f"use {name.lower()!r}" if name.lower() in BUILT_IN else "")
    return f"The operator {name[:80]!r} is not known{f'; {hint}' if hint else ''}."
