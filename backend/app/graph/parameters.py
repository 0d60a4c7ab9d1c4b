"""Parameters: the keys of the payload that a workflow needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidParameters, Problem
from app.graph.names import is_storable, quote

#: Keys of a parameter.
KEYS = frozenset({"name", "type", "required", "default", "description"})
#: The types of parameters, with Python's types.
TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


@dataclass(frozen=True)
class Parameter:
    """One key of the payload."""

    name: str
    #: One of TYPES; None: any type.
    type: str | None = None
    #: True if it must be given; not necessary if it has a default.
    required: bool = True
    default: Any = None

    def accepts(self, value: Any) -> bool:
        """True if the value has this type; 2.0 is an integer, as in JSON Schema, and true is not a number."""
        if self.type is None:
            return True
        if isinstance(value, bool):
            return self.type == "boolean"
        if self.type == "integer" and isinstance(value, float):
            return value.is_integer()
        return isinstance(value, TYPES[self.type])


def read_parameters(written: Sequence[Mapping[str, Any]]) -> tuple[Parameter, ...]:
    """The parameters of a valid definition."""
    return tuple(_read_parameter(each) for each in written)


def _read_parameter(written: Mapping[str, Any]) -> Parameter:
    required = written.get("required", True) is not False
    return Parameter(written["name"], written.get("type"), required, written.get("default"))


def parameter_problems(written: Any, pointer: str) -> Iterator[Problem]:
    """Every reason to refuse a definition's parameters."""
    if written is None:
        return
    if not isinstance(written, list):
        yield Problem(
            "INVALID_PARAMETER", f"The parameters are {quote(written)}; they must be a list.", pointer=pointer
        )
        return
    names: set[str] = set()
    for index, each in enumerate(written):
        message = _fault(each)
        if message:
            yield Problem("INVALID_PARAMETER", message, pointer=f"{pointer}/{index}")
        elif each["name"] in names:
            message = f"Several parameters have the name {each['name']}; each needs its own."
            yield Problem("DUPLICATE_PARAMETER", message, pointer=f"{pointer}/{index}/name")
        else:
            names.add(each["name"])


def _fault(written: Any) -> str | None:
    if not isinstance(written, Mapping):
        return f"A parameter is {quote(written)}; it must be an object with a name."
    name = written.get("name")
    if not (isinstance(name, str) and name and is_storable(name)):
        return f"The name of a parameter is {quote(name)}; it must be a text of 1 to 500 characters."
    type = written.get("type")
    if type is not None and (not isinstance(type, str) or type not in TYPES):
        return f"The parameter {name} has the type {quote(type)}; it must be one of {', '.join(TYPES)}."
    if not isinstance(written.get("required", True), bool):
        return f"required of the parameter {name} is {quote(written['required'])}; it must be true or false."
    default = written.get("default")
    if default is not None and not _read_parameter(written).accepts(default):
        return f"The default of the parameter {name} is {quote(default)}, which is not of the type {type}."
    return None


def bind(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values with defaults. Raises InvalidParameters with each that is missing or has the wrong type."""
    problems = [problem for parameter in parameters if (problem := _unfit(parameter, given.get(parameter.name)))]
    if problems:
        raise InvalidParameters(problems)
    return with_defaults(parameters, given)


def with_defaults(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values, with defaults for absent and null ones."""
    absent = {each.name: each.default for each in parameters if given.get(each.name) is None}
    return {**given, **{name: default for name, default in absent.items() if default is not None or name not in given}}


def _unfit(parameter: Parameter, value: Any) -> Problem | None:
    place = f"/parameters/{parameter.name}"
    if value is None:
        if parameter.required and parameter.default is None:
            return Problem("MISSING_PARAMETER", f"The parameter {parameter.name} is required.", pointer=place)
        return None
    if parameter.accepts(value):
        return None
    message = f"The parameter {parameter.name} is {quote(value)}; it must be of the type {parameter.type}."
    return Problem("INVALID_PARAMETER", message, pointer=place)
