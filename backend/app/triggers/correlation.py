"""Correlation of waiting steps with events: the values that a condition reads, and a key to look it up by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from app.errors import RuleFailed
from app.logic.coercion import to_number, to_text
from app.logic.evaluation import UNDEFINED, Evaluation
from app.logic.jsonlogic import Rule, compile_rule
from app.logic.variables import STEPS, longest_id, resolve_path
from app.storage.json_text import dumps, loads
from app.triggers.index.conditions import Equals
from app.triggers.index.predicates import Predicates, predicates

CONTEXT = "$context"
#: Variables of the waiting execution; keys of these names in an event are hidden from conditions.
OWN = (CONTEXT, STEPS)
#: Characters of a path that is part of a key.
_LONGEST_PATH = 500

#: A path, and the digest of the values at it that can fulfil a condition.
Key = tuple[str, str]


@dataclass(frozen=True)
class Correlation:
    """A condition as it is stored: the values of its execution that it reads, and its key."""

    #: ``{"$context": …, "$steps": …}``, reduced to what the condition can read.
    seen: dict[str, Any]
    #: None if no single value is necessary for the condition.
    key: Key | None


def compile_correlation(condition: Any, *, context: Any, outputs: Mapping[str, Any]) -> Correlation:
    """The correlation with which any process matches the condition with later events. Raises InvalidRule."""
    rule = compile_rule(condition)
    seen = {CONTEXT: context, STEPS: dict(outputs)} if rule.dynamic else _read_values(rule, context, outputs)
    return Correlation(seen, _key_of(rule, seen))


@lru_cache(maxsize=2000)
def rule_of(condition: str) -> Rule:
    """The rule of a condition that is stored as text. Raises InvalidRule."""
    return compile_rule(loads(condition))


def without_own(payload: Any) -> Any:
    """The event as conditions read it: without the variables of the waiting execution."""
    if isinstance(payload, dict) and any(name in payload for name in OWN):
        return {key: value for key, value in payload.items() if key not in OWN}
    return payload


# --- the values that a condition reads ---------------------------------------------------------------------------


def _read_values(rule: Rule, context: Any, outputs: Mapping[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for path in rule.beside:
        if path[0] == CONTEXT:
            seen[CONTEXT] = _with_key(seen.get(CONTEXT, {}), context, path[1:])
        elif path == (STEPS,):
            return {**_read_values(replace(rule, beside=rule.beside - {path}), context, outputs), STEPS: dict(outputs)}
        elif path[0] == STEPS and (node := longest_id(path[1:], outputs)) is not None:
            steps = seen.setdefault(STEPS, {})
            steps[node] = _of_output(steps.get(node, {}), outputs[node], path[node.count(".") + 2 :])
    return seen


def _of_output(kept: Any, output: Any, path: tuple[str, ...]) -> Any:
    """The part of an output at a path, with or without ``output`` as its first part."""
    if path[:1] == ("output",):
        kept = _with_key(kept, output, path[1:])
    return _with_key(kept, output, path)


def _with_key(kept: Any, value: Any, path: tuple[str, ...]) -> Any:
    """The kept parts of a value and the one at this path; the whole value if the path leaves objects."""
    if not isinstance(value, dict) or not path or kept is value:
        return value
    first, *rest = path
    if first not in value:
        return kept
    return {**kept, first: _with_key(kept.get(first, {}), value[first], tuple(rest))}


# --- the key by which it is found ---------------------------------------------------------------------------------


def _key_of(rule: Rule, seen: Mapping[str, Any]) -> Key | None:
    """The key of an equality that must hold; first choice is one with a value of the execution."""
    stated = predicates(rule)
    known = predicates(replace(rule, source=_filled(rule.source, seen)))
    found = _equalities(known)
    own = [equality for equality in found if equality not in _equalities(stated)]
    return next((key for equality in [*own, *found] if (key := _key(equality)) is not None), None)


def list_equalities(rule: Rule, seen: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The equalities that must hold, for a sentence: each the path of a variable and its value, none of them null."""
    found = _equalities(predicates(replace(rule, source=_filled(rule.source, seen))))
    return [(".".join(map(str, each.variable.path)), each.value) for each in found if each.value is not None]


def _filled(source: Any, seen: Mapping[str, Any]) -> Any:
    """The rule with the values of the execution in place of its variables."""
    if isinstance(source, (list, tuple)):
        return [_filled(part, seen) for part in source]
    if not isinstance(source, dict):
        return source
    if list(source) == ["var"] and _is_own(source["var"]):
        value = compile_rule(source).evaluate({}, extra=seen)
        return value if value is None or isinstance(value, (str, int, float)) else source
    return {key: _filled(value, seen) for key, value in source.items()}


def _is_own(arguments: Any) -> bool:
    name = arguments[0] if isinstance(arguments, (list, tuple)) and arguments else arguments
    return isinstance(name, str) and name.split(".", 1)[0] in OWN


def _equalities(needed: Predicates) -> list[Equals]:
    return [any_of[0] for any_of in needed if len(any_of) == 1 and isinstance(any_of[0], Equals)]


def _key(equality: Equals) -> Key | None:
    """The key, or None if an event without a value there fulfils the equality, or the path is too long."""
    variable = equality.variable
    path = dumps(list(variable.path))
    if equality.value is None or equality.accepts(variable.default) or variable.path[0] in OWN:
        return None
    return (path, _digest_loosely(equality.value, Evaluation())) if len(path) <= _LONGEST_PATH else None


def keys_of(paths: Iterable[str], payload: Any, extra: Mapping[str, Any]) -> set[Key]:
    """
    The keys at these paths of the conditions that an event can fulfil.

    ``payload`` is the event as conditions read it, ``extra`` the variables beside it. A value that is too large to
    compare has no key: evaluating a condition on it would fail, too.
    """
    found = set()
    for path in paths:
        with suppress(RuleFailed):
            value = resolve_path(payload, tuple(loads(path)), Evaluation(extra))
            if value is not UNDEFINED and value is not None:
                found.add((path, _digest_loosely(value, Evaluation())))
    return found


def _digest_loosely(value: Any, work: Evaluation) -> str:
    """
    A digest that is the same for values that are loosely equal, one of them a constant of a rule.

    They are equal as numbers or as texts: a value that can be read as a number counts as a number, others as text.
    """
    text = value if isinstance(value, (int, float)) else to_text(value, work)
    number = to_number(text, work)
    spelled = f"t{text}" if number != number else f"n{float(number) + 0.0!r}"
    return hashlib.blake2b(dumps(spelled).encode(), digest_size=12).hexdigest()
