"""The text between ``{{`` and ``}}``: a path into the payload, the input, a secret or an output, and a filter."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from app.errors import InvalidTemplate
from app.logic.filters import FILTERS
from app.logic.pointer import printable
from app.logic.variables import longest_id


class Source(str, Enum):
    """The kinds of targets."""

    #: The data that started the execution.
    PAYLOAD = "payload"
    #: The output of the nodes before this one.
    INPUT = "input"
    #: A secret of the deployment, by name.
    SECRET = "secret"
    #: The output of a node, by id.
    NODE = "node"
    #: A key of the payload, by its bare name.
    PARAMETER = "parameter"


@dataclass(frozen=True)
class Reference:
    """The target of a placeholder."""

    source: Source
    #: The node's id, the secret's name or the parameter's; empty for payload and input.
    name: str
    #: Keys and indices from there.
    path: tuple[str, ...] = ()


_NAME = r"(?:[\w$@:-]|[^\x00-\x7f\s])+"
_PART = re.compile(rf"\.({_NAME})|\[\s*([0-9]+)\s*\]|\[\s*\"([^\"]*)\"\s*\]|\[\s*'([^']*)'\s*\]")
_FIRST = re.compile(_NAME)
_FILTER = re.compile(r"\s*\|\s*([A-Za-z_][A-Za-z0-9_]*)\s*\Z")


def split_filter(text: str, pointer: str = "") -> tuple[str, str | None]:
    """
    The path of a placeholder's text, and the name of its filter: ``payload.q | urlencode``. None: it has no filter.

    Raises InvalidTemplate for a filter that does not exist.
    """
    match = _FILTER.search(text[-80:])
    if match is None:
        return text, None
    if match[1] not in FILTERS:
        message = f"{{{{ {_shorten(text)} }}}} has the filter {match[1]}; the filters are {', '.join(FILTERS)}."
        raise InvalidTemplate(message, pointer=pointer)
    return text[: len(text) - len(match[0])], match[1]


def parse_reference(
    text: str, node_ids: Collection[str], pointer: str = "", *, input_is: Source = Source.INPUT
) -> Reference:
    """
    The reference that a path is.

    If ``input_is`` the payload, ``input.output`` is the output of a node called input, if there is one.
    """
    parts, quoted = _parse_reference(text.strip(), pointer)
    first, rest = parts[0], parts[1:]
    if first == Source.PAYLOAD:
        return Reference(Source.PAYLOAD, "", rest)
    if first == Source.INPUT and not (input_is is Source.PAYLOAD and rest[:1] == ("output",) and first in node_ids):
        return Reference(input_is, "", rest)
    if first == Source.SECRET:
        return _secret(text, rest, pointer)
    node = longest_id(parts, node_ids)
    if node is not None and node != "steps":
        return Reference(Source.NODE, node, parts[node.count(".") + 1 :])
    return _step_reference(parts, quoted, node_ids) or _refer_by_name(parts, node)


def _parse_reference(text: str, pointer: str) -> tuple[tuple[str, ...], bool]:
    """The parts of a path, and whether the second of them is quoted."""
    match = _FIRST.match(text)
    parts: list[str] = []
    quoted = False
    while match:
        found = [group for group in match.groups() if group is not None]
        parts.append(found[0] if found else match[0])
        quoted = quoted or (len(parts) == 2 and match[0][-2:] in ('"]', "']"))
        if match.end() == len(text):
            return tuple(parts), quoted
        match = _PART.match(text, match.end())
    example = "{{ payload.items[0].name }}"
    message = f"{{{{ {_shorten(text)} }}}} is not a path: write names, dots and [ ] only, as in {example}."
    raise InvalidTemplate(message, pointer=pointer)


def _shorten(text: str) -> str:
    text = text.strip()
    return printable(text if len(text) <= 80 else f"{text[:79]}…")


def _secret(text: str, rest: tuple[str, ...], pointer: str) -> Reference:
    if len(rest) != 1:
        message = f"{{{{ {_shorten(text)} }}}} does not name a secret: write {{{{ secret.NAME }}}}."
        raise InvalidTemplate(message, pointer=pointer)
    return Reference(Source.SECRET, rest[0])


def _step_reference(parts: tuple[str, ...], quoted: bool, node_ids: Collection[str]) -> Reference | None:
    """``steps["my node"]``; with quotes it is a node, whether or not the graph has it."""
    if parts[0] != "steps" or len(parts) < 2:
        return None
    if quoted:
        return Reference(Source.NODE, parts[1], parts[2:])
    node = longest_id(parts[1:], node_ids)
    return None if node is None else Reference(Source.NODE, node, parts[node.count(".") + 2 :])


def _refer_by_name(parts: tuple[str, ...], node: str | None) -> Reference:
    return Reference(Source.PARAMETER if node is None else Source.NODE, parts[0], parts[1:])
