"""Events of the engine: their types, the members of their data, and the rules that name a type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.errors import InvalidInput, InvalidRule, RuleFailed
from app.graph.names import quote
from app.logic.jsonlogic import compile_rule
from app.logic.reasoning.formula import conjunction, negation, read_formula
from app.logic.reasoning.solving import TooHard, find_witness
from app.logic.reasoning.values import Kind

#: How the types of Trigraph's own events begin; no sender may use it.
RESERVED = "trigraph."

STARTED = "trigraph.execution.started"
COMPLETED = "trigraph.execution.completed"
FAILED = "trigraph.execution.failed"
CANCELLED = "trigraph.execution.cancelled"
WAITING = "trigraph.execution.waiting"
REQUESTED = "trigraph.approval.requested"
DECIDED = "trigraph.approval.decided"
#: Every type, in the order in which the events of one transaction happen.
TYPES = (STARTED, DECIDED, WAITING, REQUESTED, COMPLETED, FAILED, CANCELLED)

#: The members of their data; events about approvals have the last two as well.
MEMBERS = (
    *("execution_id", "workflow_id", "workflow_name", "version", "status", "error", "node_id"),
    *("approval_id", "approval_status"),
)
#: A type that no rule mentions: a rule that holds for it does not ask for the type of the engine.
_OTHER = "\ufffftype of no event"
_TYPE = ("$event", "type")


def check_event_type(type: Any, payload: Any = None) -> None:
    """
    Raise InvalidInput for a type that is reserved for events of Trigraph itself.

    Every way in for events calls this. A payload with a key ``$event`` of its own may not imitate such a type either.
    """
    own = payload.get("$event") if isinstance(payload, Mapping) else None
    for found in (type, own.get("type") if isinstance(own, Mapping) else None):
        text = found[0] if isinstance(found, list) and len(found) == 1 else found
        if isinstance(text, str) and text.startswith(RESERVED):
            raise InvalidInput(
                f"The type of the event is {quote(text)}; types that begin with `{RESERVED}` are reserved for events "
                "of Trigraph itself, so choose another one."
            )


def is_engine_type(type: Any) -> bool:
    """Return True for the type of an event of the engine."""
    return type in TYPES


def list_named_types(rule: Any) -> list[str]:
    """
    Return the types of the engine that a trigger names.

    It names a type if it can hold for such an event, and either contains the type as a text, or may depend on it: for
    some data it holds with this type and not with a type that no event has. So ``{"in": ["execution.", {"var":
    "$event.type"}]}`` names five types, and ``true`` and ``{"!=": [{"var": "$event.type"}, "order.paid"]}`` name none.
    Where reasoning cannot tell, the type counts as named.
    """
    if not _reads_event(rule):
        return []
    try:
        compiled = compile_rule(rule)
    except InvalidRule:
        return []
    texts = set(_texts(rule))
    is_unclear = compiled.dynamic or _TYPE[:1] in compiled.beside
    return [type for type in TYPES if _can_name(rule, type, is_asked=is_unclear or type in texts)]


def _can_name(rule: Any, type: str, *, is_asked: bool) -> bool:
    parts = [read_formula(_with_type(rule, type))]
    if not is_asked:
        parts.append(negation(read_formula(_with_type(rule, _OTHER))))
    try:
        return find_witness(conjunction(parts), fixed=_fits) is not None
    except TooHard:
        return True


def _fits(path: tuple[str, ...], kind: Kind) -> bool:
    """Return False for a value that no event of the engine has: it has no other members than its own."""
    is_known = not path or path[0] in MEMBERS or path[0].startswith("$")
    return is_known or kind.type == "null"


def _reads_event(rule: Any) -> bool:
    """Return True if a rule may read the type: a text in it begins with ``$``, from which names are computed too."""
    return any(text.startswith("$") for text in _texts(rule))


def _texts(rule: Any) -> Iterator[str]:
    """Yield the texts of a rule."""
    if isinstance(rule, Mapping):
        rule = list(rule.values())
    if isinstance(rule, str):
        yield rule
    elif isinstance(rule, Sequence):
        for part in rule:
            yield from _texts(part)


def _with_type(rule: Any, type: str) -> Any:
    """Return a rule with this type in the place of ``$event.type``, and constants for what depends on nothing else."""
    if isinstance(rule, list):
        return [_with_type(part, type) for part in rule]
    if not isinstance(rule, dict):
        return rule
    if _is_type(rule):
        return type
    return _fold_constants({name: _with_type(part, type) for name, part in rule.items()})


def _is_type(rule: dict[str, Any]) -> bool:
    name = rule.get("var")
    name = name[0] if isinstance(name, list) and name else name
    return len(rule) == 1 and name == ".".join(_TYPE)


def _fold_constants(rule: dict[str, Any]) -> Any:
    """Return the value of an operation on constants, if it is one and its value is no list or object."""
    ((operator, arguments),) = rule.items() if len(rule) == 1 else (("", None),)
    listed = arguments if isinstance(arguments, list) else [arguments]
    is_constant = not any(isinstance(part, (dict, list)) for part in listed)
    if operator == "in" and len(listed) > 1:
        is_constant = not isinstance(listed[0], (dict, list)) and "{" not in json.dumps(listed[1])
    if not is_constant or operator in ("var", "missing", "missing_some", ""):
        return rule
    try:
        compiled = compile_rule(rule)
        value = rule if compiled.custom else compiled.evaluate(None)
    except (InvalidRule, RuleFailed):
        return rule
    return rule if isinstance(value, (dict, list)) else value
