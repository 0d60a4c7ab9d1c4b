"""Scalars by the core schema of YAML 1.2: which plain ones are not text, and the values of all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from yaml.nodes import ScalarNode

from app.graph.dialects.tasks.yaml.refused import Refused
from app.graph.names import quote
from app.logic.exact_float import read_float

TAG = "tag:yaml.org,2002:"
TEXT, NULL, MERGE = f"{TAG}str", f"{TAG}null", f"{TAG}merge"
_BOOL, _INT, _FLOAT = f"{TAG}bool", f"{TAG}int", f"{TAG}float"
#: Digits of a number; Python converts no more than 4,300.
_MOST_DIGITS = 4000
#: Plain scalars that are not text. Digits after a leading zero are text, unlike in the core schema: 01234 is a postal
#: code, and JSON has no such number.
PLAIN: Mapping[str, re.Pattern[str]] = {
    NULL: re.compile(r"(?:~|null|Null|NULL|)\Z"),
    _BOOL: re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    _INT: re.compile(r"(?:[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
    _FLOAT: re.compile(
        r"(?:[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
    ),
    MERGE: re.compile(r"<<\Z"),
}
#: A number that is written in YAML as in JSON, unlike ``.5``, ``1.`` and ``+1.5``.
_JSON_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)\Z")


def first_characters() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """The patterns by the first character of the scalars that they can match, as PyYAML looks them up."""
    starts = {NULL: ["", *"~nN"], _BOOL: [*"tTfF"], _INT: [*"-+0123456789"], _FLOAT: [*"-+.0123456789"], MERGE: ["<"]}
    characters = {character for found in starts.values() for character in found}
    return {
        character: [(tag, PLAIN[tag]) for tag in PLAIN if character in starts[tag]] for character in sorted(characters)
    }


def read_scalar(node: ScalarNode) -> Any:
    """The value of a scalar. Raises Refused for a type or a number that JSON does not have."""
    if node.tag not in _READERS:
        raise no_json(node)
    return _READERS[node.tag](node)


def no_json(node: Any) -> Refused:
    """The refusal of a node whose type JSON does not have."""
    return Refused(f"{quote(node.tag.replace(TAG, '!!'))} has no JSON equivalent.", node.start_mark.line)


def _integer(node: ScalarNode) -> int:
    if not PLAIN[_INT].match(node.value) or len(node.value) > _MOST_DIGITS:
        raise _no_number(node)
    base = {"0o": 8, "0x": 16}.get(node.value[:2], 10)
    return int(node.value.removeprefix("0o").removeprefix("0x"), base)


def _float(node: ScalarNode) -> float:
    is_written = PLAIN[_FLOAT].match(node.value) and not node.value.lstrip("+-").lower().startswith((".i", ".n"))
    number = _resolve_float(node.value) if is_written else math.inf
    if not math.isfinite(number):
        raise _no_number(node)
    return number


def _resolve_float(text: str) -> float:
    return read_float(text) if _JSON_FLOAT.match(text) else float(text)


def _boolean(node: ScalarNode) -> bool:
    if not PLAIN[_BOOL].match(node.value):
        raise Refused(f"{quote(node.value)} is not true or false.", node.start_mark.line)
    return bool(node.value.lower() == "true")


def _no_number(node: ScalarNode) -> Refused:
    return Refused(f"{quote(node.value)} is not a JSON number.", node.start_mark.line)


_READERS: Mapping[str, Callable[[ScalarNode], Any]] = {
    TEXT: lambda node: node.value,
    NULL: lambda node: None,
    _BOOL: _boolean,
    _INT: _integer,
    _FLOAT: _float,
    MERGE: lambda node: node.value,
}
