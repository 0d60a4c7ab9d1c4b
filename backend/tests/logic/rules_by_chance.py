"""Rules and data by chance, in every operator and in forms that people write, and the public suites."""

from __future__ import annotations

import json
import random
from typing import Any

from app.logic.jsonlogic import BUILT_IN
from tests.public_data import PUBLIC_DATA

SUITES = PUBLIC_DATA / "jsonlogic"
_PATHS = ["a", "b", "a.b", "b.0", "c.length", "c.1", "a.a.b", "", "$event.type", "accumulator", "current", 1]
_VALUES = [
    *[None, True, False, 0, 1, -1, 5, 1.5, 2**60, "", "0", "1", "1.0", " 5 ", "a", "b", "ab", "2024-01-01", [], [1, 2]],
    *[["a"], ["a", "b", 5], {"a": 1}, {"b": "a"}],
]
_CONSTANTS = [value for value in _VALUES if not isinstance(value, dict)]
_LEAVES = ["==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "!", "!!", "missing", "missing_some", "var"]
_ALL = sorted(BUILT_IN)


def make_rule(chance: random.Random, depth: int = 4) -> Any:
    """A rule of this many levels at most."""
    if depth == 0 or chance.random() < 0.1:
        return chance.choice(_CONSTANTS) if chance.random() < 0.5 else {"var": chance.choice(_PATHS)}
    kind = chance.random()
    if kind < 0.35:
        return {chance.choice(["and", "or", "if", "!", "!!", "and", "or"]): _arguments(chance, depth)}
    if kind < 0.7:
        return {chance.choice(_LEAVES): _arguments(chance, min(depth, 2))}
    if kind < 0.75:
        return _arguments(chance, depth)
    if kind < 0.9:
        return {chance.choice(_ALL): _arguments(chance, depth)}
    name = chance.choice(["map", "filter", "reduce", "all", "some", "none"])
    return {name: [{"var": chance.choice(_PATHS)}, make_rule(chance, depth - 1), chance.choice(_CONSTANTS)]}


def _arguments(chance: random.Random, depth: int) -> Any:
    if chance.random() < 0.1:
        return make_rule(chance, depth - 1)
    return [make_rule(chance, depth - 1) for _ in range(chance.choice([0, 1, 1, 2, 2, 2, 3, 3, 4]))]


def make_data(chance: random.Random, depth: int = 3) -> Any:
    """An event for these rules."""
    return {key: _make_value(chance, depth) for key in "abc" if chance.random() < 0.7}


def _make_value(chance: random.Random, depth: int) -> Any:
    if depth == 0 or chance.random() < 0.6:
        return chance.choice(_VALUES)
    if chance.random() < 0.5:
        return [_make_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return {key: _make_value(chance, depth - 1) for key in "ab" if chance.random() < 0.7}


def conformance_cases() -> list[tuple[Any, Any]]:
    """The rules of the public suites, each with its data; empty if the suites are not there."""
    if not SUITES.is_dir():
        return []
    official = [case for case in json.loads((SUITES / "official.json").read_text()) if not isinstance(case, str)]
    compatible = json.loads((SUITES / "compat" / "compatible.json").read_text())
    probes = json.loads((SUITES / "js-parity.json").read_text())
    return [
        *((case[0], case[1]) for case in official),
        *((case["rule"], case.get("data")) for case in compatible if not isinstance(case, str)),
        *((case["rule"], case["data"]) for case in probes if not isinstance(case, str)),
    ]
