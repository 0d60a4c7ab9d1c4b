"""Warnings at save about the request that a node describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.engine.services.http.guard import Guard
from app.engine.services.http.url import parse_target
from app.engine.toolkit.http_calls import body_advice
from app.errors import StepFailed
from app.graph.names import quote
from app.logic.templates import is_template

_SCHEMES = ("http://", "https://")
#: A URL with a login that is not a template.
_PASSWORD = re.compile(r"\s*https?://[^/?#{]*:[^/?#{]+@", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")


def request_advice(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Warnings about a request: a key of the data, a code, a message."""
    url = data.get("url")
    if isinstance(url, str) and url.strip():
        fault = _fault_of_start(url) if is_template(url) else find_url_fault(url)
        if fault:
            yield "url", "INVALID_URL", f"it is {quote(url)}; {fault}"
        elif has_login(url):
            remedy = "write {{ secret.NAME }} in its place"
            yield "url", "PASSWORD_IN_URL", f"it has a password, which everyone can read in the definition; {remedy}"
    yield from body_advice(data)


def has_login(url: str) -> bool:
    """Return True for a URL with a user and a password that is not a template."""
    return _PASSWORD.match(url) is not None


def find_url_fault(url: str) -> str | None:
    """Why no call can reach this URL; None if one may."""
    try:
        target = parse_target(url)
        address = target.origin.host.strip("[]")
        if _ADDRESS.fullmatch(address):
            Guard(allow_private=True).check(address, target.origin.port, address)
    except StepFailed as error:
        return str(error).removesuffix(".")
    except ValueError:
        return None
    return None


def _fault_of_start(url: str) -> str | None:
    """Why no call can reach this URL, whatever its first template gives; None if one may."""
    start = url.partition("{{")[0].strip().lower()
    if not start or any(start.startswith(scheme) or scheme.startswith(start) for scheme in _SCHEMES):
        return None
    return "a URL begins with https:// or http://"
