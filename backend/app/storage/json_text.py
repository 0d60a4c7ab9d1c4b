"""JSON text, read and written without loss: numbers are written again as they were read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from app.errors import InvalidInput
from app.logic.exact_float import read_float, write_json

_decoder = json.JSONDecoder(parse_float=read_float)


def loads(text: str | bytes) -> Any:
    """The value of JSON text; decimal numbers keep how they are written. Raises ValueError."""
    return _decoder.decode(text if isinstance(text, str) else text.decode())


class JsonText(str):
    """JSON that is kept and handed on as text, so that nothing of it can change."""

    __slots__ = ()


def dumps(value: Any, *, sort_keys: bool = False) -> str:
    """
    The value as ASCII JSON without spaces; NaN and the infinities, which JSON lacks, become null.

    Raises InvalidInput for a value that is nested too deeply, holds itself, or has no JSON equivalent.
    """
    if type(value) is str:
        return _encode_string(value)
    if value is None:
        return "null"
    try:
        return _write(_sort_keys(value) if sort_keys else value)
    except RecursionError as error:
        raise InvalidInput("A value is nested too deeply to be kept as JSON.") from error
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"A value cannot be kept as JSON: {error}.") from error


def write_document(value: Any) -> str:
    """
    A document of our own rows and responses, whose values are texts and plain numbers, as ``dumps`` writes it.

    Nothing in it needs to be looked through before: it has no numbers of users, and no loops.
    """
    return _encode_document(value)


def write_object(members: Mapping[str, Any]) -> str:
    """An object of values and of texts that are JSON already."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for name, value in members.items():
        if not isinstance(value, JsonText):
            values[name] = value
            continue
        if values:
            # Values that follow each other are written in one go, which costs no more than one of them.
            parts.append(dumps(values)[1:-1])
            values = {}
        parts.append(f"{dumps(name)}:{value}")
    if values:
        parts.append(dumps(values)[1:-1])
    return "{" + ",".join(parts) + "}"


def _write(value: Any) -> str:
    try:
        return write_json(value, _encode_text)
    except ValueError:
        return write_json(_finite_number(value), _encode_text)


def _sort_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sort_keys(value[key]) for key in sorted(value)}
    return [_sort_keys(item) for item in value] if isinstance(value, (list, tuple)) else value


def _finite_number(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_key_text(key): _finite_number(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite_number(item) for item in value]
    return value


def _key_text(key: Any) -> Any:
    return str(key) if isinstance(key, float) else key


_encode_string = json.encoder.encode_basestring_ascii
_encode_text = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode
_encode_document = json.JSONEncoder(
    ensure_ascii=True, allow_nan=False, check_circular=False, separators=(",", ":")
).encode
