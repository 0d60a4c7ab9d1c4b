"""The keys that mean the same in any node's data: retry, timeout, on_error, join, max_visits, compensate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.graph.durations import seconds
from app.graph.model import MAX_VISITS, Node, RetryPolicy, Traits


def read_node(id: str, type: str, data: Mapping[str, Any], traits: Traits) -> Node:
    """The node; where a reserved key is wrong, with the ``fault`` that its step will fail with."""
    try:
        return Node(
            id=id,
            type=type,
            data=data,
            traits=traits,
            join=_join(data.get("join")),
            max_visits=_count(data.get("max_visits"), "max_visits", MAX_VISITS),
            retry=_retry(data.get("retry")),
            timeout=_timeout(data.get("timeout")),
            goes_on=_goes_on(data.get("on_error")),
            compensate=_compensate(data.get("compensate")),
        )
    except ValueError as error:
        return Node(id=id, type=type, data=data, traits=traits, fault=str(error))


def _join(value: Any) -> int | None:
    if value is None or value == "all":
        return None
    if value == "any":
        return 1
    if isinstance(value, Mapping) and set(value) == {"at_least"}:
        return _count(value["at_least"], "join.at_least", 1)
    raise ValueError(f'join is {_shown(value)}; it must be "all", "any" or {{"at_least": n}}.')


def _retry(value: Any) -> RetryPolicy:
    if value is None:
        return RetryPolicy()
    if not isinstance(value, Mapping):
        raise ValueError(f"retry is {_shown(value)}; it must be an object, as {{max_attempts: 3}}.")
    unknown = set(value) - {"max_attempts", "initial_interval", "max_interval", "multiplier"}
    if unknown:
        raise ValueError(f"retry has no key {', '.join(sorted(map(str, unknown)))}.")
    return RetryPolicy(
        max_attempts=_count(value.get("max_attempts"), "retry.max_attempts", 3),
        initial_interval=_interval(value.get("initial_interval"), "retry.initial_interval", 1.0),
        max_interval=_interval(value.get("max_interval"), "retry.max_interval", 30.0),
        multiplier=_multiplier(value.get("multiplier")),
    )


def _count(value: Any, name: str, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise ValueError(f"{name} is {_shown(value)}; it must be a whole number from 1 to 1000000.")
    return value


def _interval(value: Any, name: str, default: float) -> float:
    try:
        return default if value is None else seconds(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _timeout(value: Any) -> float | None:
    if value is None or _is_template(value):
        return None
    found = _interval(value, "timeout", 0.0)
    if not found:
        raise ValueError("timeout is 0; it must be longer.")
    return found


def _multiplier(value: Any) -> float:
    if value is None:
        return 2.0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= 1000:
        raise ValueError(f"retry.multiplier is {_shown(value)}; it must be a number from 1 to 1000.")
    return float(value)


def _goes_on(value: Any) -> bool:
    if value in (None, "fail"):
        return False
    if value == "continue":
        return True
    raise ValueError(f'on_error is {_shown(value)}; it must be "fail" or "continue".')


def _compensate(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"compensate is {_shown(value)}; it must be the id of a node.")


def _is_template(value: Any) -> bool:
    return isinstance(value, str) and "{{" in value


def _shown(value: Any) -> str:
    return repr(value)[:80]
