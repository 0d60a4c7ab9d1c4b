"""The hosts of a credential: where it may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from app.graph.names import quote

PORTS = {"http": 80, "https": 443}
_REMEDY = "write a host as in api.example.com, *.example.com, api.example.com:8443 or http://localhost:8080"


@dataclass(frozen=True)
class HostRule:
    """One scheme, one port, and one host or all below a domain."""

    scheme: str
    #: In small letters; without the ``*.`` of a wildcard.
    host: str
    port: int
    is_wildcard: bool = False

    def covers(self, scheme: str, host: str, port: int) -> bool:
        """True where a request to this origin may carry the credential; ``host`` is in small letters."""
        if (scheme, port) != (self.scheme, self.port):
            return False
        return host.endswith(f".{self.host}") if self.is_wildcard else host == self.host


def parse_host(text: str) -> HostRule:
    """
    A host as its author wrote it: ``api.example.com`` is https at port 443, others are written in full.

    ``*.example.com`` is every name below ``example.com``, and not that itself. Raises ValueError.
    """
    written = text.strip()
    scheme, mark, rest = written.rpartition("://")
    scheme = scheme.lower() if mark else "https"
    is_wildcard = rest.startswith("*.")
    try:
        parts = parse_url(f"{scheme}://{rest.removeprefix('*.')}")
    except (LocationParseError, ValueError):
        raise ValueError(f"{quote(text)} is not a host; {_REMEDY}") from None
    host = (parts.host or "").lower()
    is_whole = not (parts.auth or parts.path or parts.query is not None or parts.fragment is not None)
    if scheme not in PORTS or not is_whole or not host or set(rest) & set("%, \t") or "*" in host or parts.port == 0:
        raise ValueError(f"{quote(text)} is not a host; {_REMEDY}")
    if is_wildcard and ("." not in host or _is_address(host)):
        raise ValueError(f"{quote(text)} is too wide; write at least two names after *., as in *.example.com")
    return HostRule(scheme, host, parts.port or PORTS[scheme], is_wildcard)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
