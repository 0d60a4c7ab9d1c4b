"""URLs as handlers send them: encoded once, with parameters that cannot change their structure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as percent_encode
from urllib.parse import unquote, urlencode, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from app.errors import StepFailed
from app.logic.text import to_template_text

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """Scheme, host in small letters, and port."""

    scheme: str
    host: str
    port: int

    def trusts(self, other: Origin) -> bool:
        """True where headers meant for this origin may go to the other one: itself, or the same host by https."""
        return self == other or (
            self.host == other.host and (self.scheme, self.port, other.scheme, other.port) == ("http", 80, "https", 443)
        )


@dataclass(frozen=True)
class TargetUrl:
    """A URL ready to be sent."""

    #: With every character encoded, without user and password.
    encoded: str
    origin: Origin
    #: ``user:password`` of the URL, decoded; empty if there is none.
    login: str = ""


def parse_target(url: str) -> TargetUrl:
    """
    The URL with what it must not contain percent-encoded, and what is encoded left as it is.

    A ``%`` that does not begin an escape becomes ``%25`` and changes nothing else: ``?a=b%20c&d=5%`` keeps its ``%20``.
    Raises StepFailed, without a retry, for what is not an http or https URL. The message names no part of the URL,
    since a part can be a piece of a secret; the caller names the whole.
    """
    text = _STRAY_PERCENT.sub("%25", url.strip())
    if ":" in text and not re.match(r"https?:", text, re.IGNORECASE):
        raise _url_error("InvalidSchema", "only http:// and https:// URLs can be called.")
    try:
        parts = parse_url(text)
    except (LocationParseError, ValueError):
        raise _url_error("InvalidURL", "this URL cannot be parsed.") from None
    if not parts.scheme:
        raise _url_error("MissingSchema", "this URL has no scheme; begin it with https:// or http://.")
    if not parts.host:
        raise _url_error("InvalidURL", "this URL has no host.")
    path = f"{parts.path or '/'}{'' if parts.query is None else '?' + parts.query}"
    origin = Origin(parts.scheme, parts.host.lower(), parts.port or _PORTS[parts.scheme])
    authority = parts.host if parts.port is None else f"{parts.host}:{parts.port}"
    encoded = percent_encode(f"{parts.scheme}://{authority}{path}", safe="!#$%&'()*+,/:;=?@[]~")
    return TargetUrl(encoded, origin, unquote(parts.auth or ""))


def add_params(url: str, params: Mapping[str, Any] | None) -> str:
    """
    The URL with these parameters at the end of its query, each encoded whole.

    A list gives the parameter several times, null leaves it out, objects are written as JSON:
    ``{"q": "a & b", "tag": ["x", "y"]}`` gives ``q=a%20%26%20b&tag=x&tag=y``.
    """
    if not params:
        return url
    added = encode_pairs(params, plus=False)
    base, mark, fragment = url.partition("#")
    if added:
        base = f"{base}{'' if base.endswith(('?', '&')) else '&' if '?' in base else '?'}{added}"
    return f"{base}{mark}{fragment}"


def encode_pairs(values: Mapping[str, Any], *, plus: bool) -> str:
    """``name=value&…``; ``plus`` writes a space as ``+``, as forms have it, else as ``%20``."""
    pairs = [
        (str(name), to_template_text(value))
        for name, given in values.items()
        for value in (given if isinstance(given, list) else [given])
        if value is not None
    ]
    if plus:
        return urlencode(pairs, errors="replace")
    return urlencode(pairs, quote_via=percent_encode, safe="", errors="replace")


def resolve_location(base: str, location: str) -> str:
    """The URL that a ``Location`` header leads to from this one. Raises StepFailed where that cannot be known."""
    try:
        return urljoin(base, _STRAY_PERCENT.sub("%25", location.strip()))
    except ValueError:
        raise _url_error("InvalidURL", "the Location of its redirect cannot be parsed.") from None


def _url_error(kind: str, message: str) -> StepFailed:
    return StepFailed(message, kind=kind, retry=False)
