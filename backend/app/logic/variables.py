"""Variables: the values of paths in the data, and of ``$`` variables."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.logic.coercion import at_most, to_text, utf16
from app.logic.evaluation import UNDEFINED, Evaluation

#: Outputs of earlier steps, by node id; the only ``$`` variable whose keys may have dots.
STEPS = "$steps"

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")

#: Dots in a node's id.
_MOST_DOTS = 32


def parse_path(name: Any, evaluation: Evaluation) -> tuple[str, ...]:
    """The parts of a variable's name; an empty name is the whole data."""
    if name is None or name is UNDEFINED or name == "":
        return ()
    return tuple(to_text(name, evaluation).split("."))


def step(value: Any, key: str, evaluation: Evaluation) -> Any:
    """A member of a value by its key, its index or ``length``; never an attribute of a Python object."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if not isinstance(value, (list, tuple, str)):
        return UNDEFINED
    if isinstance(value, str) and not value.isascii():
        return _unit(utf16(value, evaluation), key)
    if key == "length":
        return len(value)
    return value[int(key)] if _INDEX.fullmatch(key) and int(key) < len(value) else UNDEFINED


def _unit(text: bytes, key: str) -> Any:
    if key == "length":
        return len(text) // 2
    if not _INDEX.fullmatch(key) or int(key) * 2 >= len(text):
        return UNDEFINED
    return text[int(key) * 2 : int(key) * 2 + 2].decode("utf-16-le", "surrogatepass")


def follow_path(value: Any, path: Sequence[str], evaluation: Evaluation) -> Any:
    """The value at a path inside a value, or ``UNDEFINED``."""
    for part in path:
        value = step(value, part, evaluation)
        if value is UNDEFINED:
            break
    return value


def resolve_path(data: Any, path: tuple[str, ...], evaluation: Evaluation) -> Any:
    """The value of a variable; a key of the data hides the ``$`` variable of its name."""
    value = follow_path(data, path, evaluation)
    extra = evaluation.extra
    if value is not UNDEFINED or not extra or not path or path[0][:1] != "$" or path[0] not in extra:
        return value
    if step(data, path[0], evaluation) is not UNDEFINED:
        return UNDEFINED
    if path[0] == STEPS and len(path) > 1:
        return _read_output(extra[STEPS], path[1:], evaluation)
    return follow_path(extra[path[0]], path[1:], evaluation)


def _read_output(outputs: Any, path: tuple[str, ...], evaluation: Evaluation) -> Any:
    if not isinstance(outputs, Mapping):
        return UNDEFINED
    node = longest_id(path, outputs)
    return in_output(outputs[node], path[node.count(".") + 1 :], evaluation) if node is not None else UNDEFINED


def longest_id(path: Sequence[str], ids: Collection[str]) -> str | None:
    """The longest start of a path that is one of these ids; ids may hold dots."""
    for length in range(min(len(path), _MOST_DOTS + 1), 0, -1):
        name = ".".join(path[:length])
        if name in ids:
            return name
    return None


def in_output(output: Any, path: Sequence[str], evaluation: Evaluation) -> Any:
    """The value at a path in a node's output; a first part ``output`` may be left out."""
    if path and path[0] == "output":
        value = follow_path(output, path[1:], evaluation)
        if value is not UNDEFINED:
            return value
    return follow_path(output, path, evaluation)


def missing_paths(data: Any, evaluation: Evaluation, *names: Any) -> list[Any]:
    """The operator ``missing``: the names of those variables that are absent, null or empty."""
    keys = names[0] if names and isinstance(names[0], (list, tuple)) else names
    evaluation.spend(len(keys))
    return [key for key in keys if _is_missing(data, key, evaluation)]


def _is_missing(data: Any, key: Any, evaluation: Evaluation) -> bool:
    name, default = key, None
    if isinstance(key, (list, tuple)):
        name, default = (*key[:2], *(None, None))[:2]
    value = resolve_path(data, parse_path(name, evaluation), evaluation)
    value = default if value is UNDEFINED else value
    return value is None or (isinstance(value, str) and not value)


def missing_some(data: Any, evaluation: Evaluation, needed: Any = UNDEFINED, names: Any = UNDEFINED) -> list[Any]:
    """The operator ``missing_some``: empty if enough variables are present, else the names of the absent ones."""
    options = names if isinstance(names, (list, tuple)) else [names]
    absent = missing_paths(data, evaluation, *options)
    count = step(names, "length", evaluation)
    if not isinstance(count, int):
        return absent
    return [] if at_most(needed, count - len(absent), evaluation) else absent
