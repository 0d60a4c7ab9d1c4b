"""Headers of requests and answers, as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import StepFailed
from app.graph.names import quote
from app.logic.text import to_template_text

#: RFC 9110, 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: What a value must not contain (RFC 9110, 5.5); a line break could begin another header.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
#: What the client itself computes from the body that it sends.
_FRAMING = ("content-length", "transfer-encoding")


def build_headers(given: Mapping[str, Any] | None) -> dict[str, str]:
    """
    The headers of a request as text; null leaves one out.

    Values that are not text are written as JSON, as templates write them: ``true``, ``["a"]``. Spaces and line ends
    around a value are taken off. Raises StepFailed, without a retry, with the name of a header that cannot be sent.
    """
    headers = {}
    for name, value in (given or {}).items():
        if value is None or str(name).lower() in _FRAMING:
            continue
        text = to_template_text(value).strip(" \t\r\n")
        if not _TOKEN.fullmatch(str(name)):
            raise _header_error(f"the header {quote(name)} has a name that is not a token of letters, digits and -")
        if control := CONTROL.search(text):
            raise _header_error(f"the header {name} contains the control character {control[0]!a}; remove it")
        headers[str(name)] = text
    return headers


def decode_header(value: bytes) -> str:
    """A header of an answer: UTF-8, or Latin-1 where it is not that."""
    try:
        return value.decode("utf-8")
    except UnicodeError:
        return value.decode("latin-1")


def read_answer_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    """
    The headers of an answer by the name that came first: those that came several times joined by commas.

    ``Set-Cookie`` cannot be joined, because its dates have commas: several of them are a list, one is text.
    """
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for raw_name, value in headers:
        name = decode_header(raw_name)
        first = names.setdefault(name.lower(), name)
        values.setdefault(first, []).append(decode_header(value).strip(" \t"))
    return {
        name: found if len(found) > 1 and name.lower() == "set-cookie" else ", ".join(found)
        for name, found in values.items()
    }


def _header_error(message: str) -> StepFailed:
    return StepFailed(f"{message}.", kind="InvalidHeader", retry=False)
