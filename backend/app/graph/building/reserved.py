"""The keys that mean the same in any node's data: retry, timeout, on_error, on_lost, join, max_visits, compensate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.graph.durations import parse_seconds
from app.graph.model import MAX_VISITS, Node, OnLost, RetryPolicy, Traits
from app.graph.names import as_id, quote
from app.graph.numbers import whole_number
from app.logic.templates import is_template

_T = TypeVar("_T")
#: The keys that have the same meaning in the data of every type.
RESERVED = ("retry", "timeout", "on_error", "on_lost", "join", "max_visits", "compensate")
_RETRY_KEYS = ("max_attempts", "initial_interval", "max_interval", "multiplier")


def read_node(id: str, type: str, data: Mapping[str, Any], traits: Traits) -> Node:
    """The node; an invalid key counts as absent, and its step fails with ``fault`` as the message."""
    faults: list[str] = []

    def read(reader: Callable[[Any], _T], key: str, absent: _T) -> _T:
        value = data.get(key)
        if value is None:
            return absent
        try:
            return reader(value)
        except ValueError as error:
            faults.append(str(error))
            return absent

    return Node(
        id=id,
        type=type,
        data=data,
        traits=traits,
        join=read(_read_join, "join", None),
        max_visits=read(_read_max_visits, "max_visits", MAX_VISITS),
        retry=read(_read_retry, "retry", RetryPolicy()),
        timeout=read(_read_timeout, "timeout", None),
        continue_on_error=read(_read_continue_on_error, "on_error", False),
        on_lost=read(_read_on_lost, "on_lost", OnLost.AGAIN),
        compensate=read(_read_compensate, "compensate", None),
        fault=" ".join(faults) or None,
    )


def _read_join(value: Any) -> int | None:
    if value == "all":
        return None
    if value == "any":
        return 1
    if isinstance(value, Mapping) and set(value) == {"at_least"}:
        return _read_count(value["at_least"], "join.at_least")
    raise ValueError(f'join is {quote(value)}; it must be "all", "any" or {{"at_least": n}}.')


def _read_max_visits(value: Any) -> int:
    return _read_count(value, "max_visits")


def _read_retry(value: Any) -> RetryPolicy:
    if not isinstance(value, Mapping):
        raise ValueError(f'retry is {quote(value)}; it must be an object, for example {{"max_attempts": 3}}.')
    unknown = [quote(key) for key in value if key not in _RETRY_KEYS]
    if unknown:
        raise ValueError(f"retry has no key {', '.join(unknown[:3])}; its keys are {', '.join(_RETRY_KEYS)}.")
    given = {key: found for key, found in value.items() if found is not None}
    return RetryPolicy(
        max_attempts=_read_count(given.get("max_attempts", 3), "retry.max_attempts"),
        initial_interval=_read_interval(given.get("initial_interval", 1.0), "retry.initial_interval"),
        max_interval=_read_interval(given.get("max_interval", 30.0), "retry.max_interval"),
        multiplier=_read_multiplier(given.get("multiplier", 2.0)),
    )


def _read_count(value: Any, name: str) -> int:
    return whole_number(value, name, 1, 1_000_000)


def _read_interval(value: Any, name: str) -> float:
    try:
        return parse_seconds(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _read_timeout(value: Any) -> float | None:
    if isinstance(value, str) and is_template(value):
        return None
    found = _read_interval(value, "timeout")
    if not found:
        raise ValueError("timeout is 0; it must be greater than 0.")
    return found


def _read_multiplier(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= 1000:
        raise ValueError(f"retry.multiplier is {quote(value)}; it must be a number from 1 to 1000.")
    return float(value)


def _read_continue_on_error(value: Any) -> bool:
    if value in ("fail", "continue"):
        return bool(value == "continue")
    raise ValueError(f'on_error is {quote(value)}; it must be "fail" or "continue".')


def _read_on_lost(value: Any) -> OnLost:
    for known in OnLost:
        if value == known.value:
            return known
    raise ValueError(f'on_lost is {quote(value)}; it must be "again", "fail" or "ask".')


def _read_compensate(value: Any) -> str | None:
    if value == "":
        return None
    found = as_id(value)
    if found is None:
        raise ValueError(f"compensate is {quote(value)}; it must be the id of a node.")
    return found
