"""The pieces of a compiled rule that read variables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from app.logic.closures import Code, Run, undefined_to_null
from app.logic.evaluation import UNDEFINED, Evaluation
from app.logic.variables import missing_paths, missing_some, parse_path, resolve_path

#: Paths whose closures all rules share: most rules of a deployment read the same few variables.
_SHARED_READS = 1024


def variable(name: Code, default: Code) -> Code:
    """``var``, with a short closure for the common case: a constant path without a default."""
    if not name.constant:
        return Code(_computed_variable(name.run, default.run))
    path = parse_path(name.value, Evaluation())
    if not path:
        return Code(lambda data, work: data)
    if path[0].startswith("$") or not (default.constant and undefined_to_null(default.value) is None):
        return Code(_variable_or(path, default.run))
    return Code(_read_key(path[0]) if len(path) == 1 else _read_path(path))


@lru_cache(maxsize=_SHARED_READS)
def _read_key(key: str) -> Run:
    def run(data: Any, work: Evaluation) -> Any:
        return data.get(key) if type(data) is dict else undefined_to_null(resolve_path(data, (key,), work))

    return run


@lru_cache(maxsize=_SHARED_READS)
def _read_path(path: tuple[str, ...]) -> Run:
    first, second, *rest = path

    def run(data: Any, work: Evaluation) -> Any:
        value = data.get(first) if type(data) is dict else None
        if type(value) is not dict:
            return undefined_to_null(resolve_path(data, path, work))
        value = value.get(second)
        for part in rest:
            if type(value) is not dict:
                return undefined_to_null(resolve_path(data, path, work))
            value = value.get(part)
        return value

    return run


def _variable_or(path: tuple[str, ...], default: Run) -> Run:
    def run(data: Any, work: Evaluation) -> Any:
        value = resolve_path(data, path, work)
        return undefined_to_null(default(data, work)) if value is UNDEFINED else value

    return run


def _computed_variable(name: Run, default: Run) -> Run:
    def run(data: Any, work: Evaluation) -> Any:
        path = parse_path(name(data, work), work)
        value = resolve_path(data, path, work)
        return undefined_to_null(default(data, work)) if value is UNDEFINED else value

    return run


def absent(names: Sequence[Code]) -> Code:
    """``missing``."""
    runs = [name.run for name in names]
    return Code(lambda data, work: missing_paths(data, work, *[run(data, work) for run in runs]))


def absent_some(arguments: Sequence[Code]) -> Code:
    """``missing_some``."""
    runs = [argument.run for argument in arguments[:2]]
    return Code(lambda data, work: missing_some(data, work, *[run(data, work) for run in runs]))
