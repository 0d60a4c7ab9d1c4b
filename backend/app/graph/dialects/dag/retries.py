"""The ``retry_config`` of a DAG's nodes: number of retries and waits between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.graph.durations import parse_seconds
from app.graph.model import RetryPolicy
from app.graph.names import quote
from app.graph.numbers import whole_number

#: Values of keys that neither the retry_config nor the defaults of the definition have.
DEFAULTS: Mapping[str, Any] = {
    **{"max_retries": 3, "initial_delay": 1.0, "max_delay": 60.0},
    **{"exponential_base": 2.0, "jitter": True},
}
#: Retries of one node; more are a mistake.
MOST_RETRIES = 999_999


def read_retries(config: Mapping[str, Any] | None, defaults: Mapping[str, Any]) -> RetryPolicy:
    """The policy of a valid retry_config; null counts as absent."""
    values = {**DEFAULTS, **_read_settings(defaults), **_read_settings(config or {})}
    return RetryPolicy(
        max_attempts=int(values["max_retries"]) + 1,
        initial_interval=parse_seconds(values["initial_delay"]),
        max_interval=parse_seconds(values["max_delay"]),
        multiplier=float(values["exponential_base"]),
        jitter=values["jitter"],
    )


def faults_of(config: Any) -> Iterator[tuple[str, str]]:
    """The problems of a retry_config: pointers into it, and messages."""
    if config is None:
        return
    if not isinstance(config, Mapping):
        yield "", f'retry_config is {quote(config)}; it must be an object, for example {{"max_retries": 3}}.'
        return
    for key, value in _read_settings(config).items():
        fault = _FAULTS[key](value) if key in _FAULTS else f"is not known; the keys are {', '.join(_FAULTS)}"
        if fault:
            yield f"/{key}" if key in _FAULTS else "", f"retry_config.{key[:100]} {fault}."


def _read_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if value is not None}


def _max_retries_problem(value: Any) -> str | None:
    try:
        whole_number(value, "", 0, MOST_RETRIES)
    except ValueError as error:
        return str(error).strip(" .")
    return None


def _delay_problem(value: Any) -> str | None:
    try:
        parse_seconds(value)
    except ValueError as error:
        return f"is wrong: {str(error).rstrip('.')}"
    return None


def _base_problem(value: Any) -> str | None:
    if not isinstance(value, bool) and isinstance(value, (int, float)) and 1 <= value <= 1000:
        return None
    return f"is {quote(value)}; it must be a number from 1 to 1000"


def _jitter_problem(value: Any) -> str | None:
    return None if isinstance(value, bool) else f"is {quote(value)}; it must be true or false"


_FAULTS: Mapping[str, Callable[[Any], str | None]] = {
    "max_retries": _max_retries_problem,
    "initial_delay": _delay_problem,
    "max_delay": _delay_problem,
    "exponential_base": _base_problem,
    "jitter": _jitter_problem,
}
