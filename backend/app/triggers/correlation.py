"""What a waiting step needs of an event: its condition with what it sees, and how it is found among many."""

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
#: What a condition sees of the execution that waits; keys of these names in an event are not its to read.
OWN = (CONTEXT, STEPS)
#: Characters of a path that is looked up.
_LONGEST_PATH = 500

#: A path, and what stands for the values there that can fulfil a condition.
Key = tuple[str, str]


@dataclass(frozen=True)
class Correlation:
    """A condition as it is kept: what it sees of its execution, and where to find it."""

    #: ``{"$context": …, "$steps": …}``, without what the condition cannot come to.
    seen: dict[str, Any]
    #: None where the condition does not need one certain value.
    key: Key | None


def compile_correlation(condition: Any, *, context: Any, outputs: Mapping[str, Any]) -> Correlation:
    """How a condition can be held against events later, elsewhere. Raises InvalidRule."""
    rule = compile_rule(condition)
    seen = {CONTEXT: context, STEPS: dict(outputs)} if rule.dynamic else _seen(rule, context, outputs)
    return Correlation(seen, _key_of(rule, seen))


@lru_cache(maxsize=2000)
def rule_of(condition: str) -> Rule:
    """The rule of a condition that is kept as text. Raises InvalidRule."""
    return compile_rule(loads(condition))


def without_own(payload: Any) -> Any:
    """An event as conditions see it: what is the waiting execution's cannot be given by an event."""
    if isinstance(payload, dict) and any(name in payload for name in OWN):
        return {key: value for key, value in payload.items() if key not in OWN}
    return payload


# --- what a condition sees ----------------------------------------------------------------------------------------


def _seen(rule: Rule, context: Any, outputs: Mapping[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for path in rule.beside:
        if path[0] == CONTEXT:
            seen[CONTEXT] = _with_key(seen.get(CONTEXT, {}), context, path[1:])
        elif path == (STEPS,):
            return {**_seen(replace(rule, beside=rule.beside - {path}), context, outputs), STEPS: dict(outputs)}
        elif path[0] == STEPS and (node := longest_id(path[1:], outputs)) is not None:
            steps = seen.setdefault(STEPS, {})
            steps[node] = _of_output(steps.get(node, {}), outputs[node], path[node.count(".") + 2 :])
    return seen


def _of_output(kept: Any, output: Any, path: tuple[str, ...]) -> Any:
    """As ``in_output`` reads it: with or without ``output`` first."""
    if path[:1] == ("output",):
        kept = _with_key(kept, output, path[1:])
    return _with_key(kept, output, path)


def _with_key(kept: Any, value: Any, path: tuple[str, ...]) -> Any:
    """What is kept of a value, and besides what this path leads to; all of it where that is no object."""
    if not isinstance(value, dict) or not path or kept is value:
        return value
    first, *rest = path
    if first not in value:
        return kept
    return {**kept, first: _with_key(kept.get(first, {}), value[first], tuple(rest))}


# --- how it is found ----------------------------------------------------------------------------------------------


def _key_of(rule: Rule, seen: Mapping[str, Any]) -> Key | None:
    """An equality that must hold, best one with a value of the execution's own."""
    stated = predicates(rule)
    known = predicates(replace(rule, source=_filled(rule.source, seen)))
    found = _equalities(known)
    own = [equality for equality in found if equality not in _equalities(stated)]
    return next((key for equality in [*own, *found] if (key := _key(equality)) is not None), None)


def _filled(source: Any, seen: Mapping[str, Any]) -> Any:
    """A rule with the constants of the execution in it, where it reads them."""
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
    """None where an event can fulfil the equality without having a value there, or the path is too long."""
    variable = equality.variable
    path = dumps(list(variable.path))
    if equality.value is None or equality.accepts(variable.default) or variable.path[0] in OWN:
        return None
    return (path, _digest(equality.value, Evaluation())) if len(path) <= _LONGEST_PATH else None


def keys_of(paths: Iterable[str], payload: Any, extra: Mapping[str, Any]) -> set[Key]:
    """
    The keys of the conditions that an event can fulfil, as far as they are looked up at these paths.

    ``payload`` is the event as conditions see it, ``extra`` what stands beside it. A value that is too large to be
    compared fulfils nothing: a condition would give up on it, too.
    """
    found = set()
    for path in paths:
        with suppress(RuleFailed):
            value = resolve_path(payload, tuple(loads(path)), Evaluation(extra))
            if value is not UNDEFINED and value is not None:
                found.add((path, _digest(value, Evaluation())))
    return found


def _digest(value: Any, work: Evaluation) -> str:
    """
    The same for any two values of which one is loosely equal to the other, where one is a constant of a rule.

    That is equality as texts, or as numbers: so what can be read as a number counts as that, all else as its text.
    """
    text = value if isinstance(value, (int, float)) else to_text(value, work)
    number = to_number(text, work)
    spelled = f"t{text}" if number != number else f"n{float(number) + 0.0!r}"
    return hashlib.blake2b(dumps(spelled).encode(), digest_size=12).hexdigest()
