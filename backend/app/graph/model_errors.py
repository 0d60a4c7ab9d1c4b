"""Problems that pydantic finds in JSON, in our words and at their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from app.graph.names import quote

#: Descriptions of the expected values, by pydantic's types of errors.
_EXPECTED = {
    "string_type": "a text",
    "list_type": "a list",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
}


class ModelError(NamedTuple):
    """One problem: where it is, and a part of a sentence without a period."""

    path: tuple[int | str, ...]
    message: str


def model_errors(error: ValidationError, data: Any) -> list[ModelError]:
    """The problems of data that was validated; alternatives of one field are one problem."""
    found: dict[tuple[int | str, ...], list[Mapping[str, Any]]] = {}
    for problem in error.errors(include_url=False, include_context=False):
        path = problem["loc"]
        if problem["type"] not in ("missing", "extra_forbidden"):
            path = _existing_path(data, path)
        found.setdefault(path, []).append(problem)
    return [ModelError(path, _describe_alternatives(problems)) for path, problems in found.items()]


def _existing_path(data: Any, path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The part of the path that exists in the data: pydantic adds the names of a union's alternatives."""
    for depth, part in enumerate(path):
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return path[:depth]
    return path


def _describe_alternatives(problems: list[Mapping[str, Any]]) -> str:
    expected = dict.fromkeys(_EXPECTED[each["type"]] for each in problems if each["type"] in _EXPECTED)
    if len(expected) and len(problems) == sum(each["type"] in _EXPECTED for each in problems):
        return f"it is {quote(problems[0]['input'])}; it must be {' or '.join(expected)}"
    return _message(problems[0])


def _message(problem: Mapping[str, Any]) -> str:
    type, message = problem["type"], str(problem["msg"])
    if type == "value_error":
        return message.removeprefix("Value error, ").rstrip(".")
    if type == "missing":
        return "it is required"
    if type == "extra_forbidden":
        return "this key is unknown"
    if type in ("model_type", "dict_type"):
        return f"it is {quote(problem['input'])}; it must be an object"
    if type == "literal_error":
        words = message.removeprefix("Input should be ").replace("'", '"')
        return f"it is {quote(problem['input'])}; it must be {words}"
    words = message.replace("Input should", "it should").replace("String should", "it should")
    return f"it is {quote(problem['input'])}; {words}"
