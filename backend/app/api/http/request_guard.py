"""
ASGI middleware that refuses requests which a foreign web page makes a browser send.

A browser runs pages of other sites on the same machine as a local API. Two checks keep such pages out: ``Host`` must be
a known name (a page that has its own domain resolve to 127.0.0.1 sends that domain), and a write must not come from a
foreign origin. Programs such as curl send no ``Origin`` and no ``Sec-Fetch-Site``, and are not affected.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.listening import is_loopback
from app.api.http.responses import respond

#: Methods that change nothing.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: The headers that are checked.
READ_HEADERS = frozenset({b"host", b"origin", b"sec-fetch-site"})
LOCAL_NAMES = frozenset({"localhost"})
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\s:/@\[\]]+))(?::\d{1,5})?", re.IGNORECASE | re.ASCII)


class RequestGuard:
    """Refuses a foreign ``Host`` with 421 and a write of a foreign origin with 403; removes a trailing slash."""

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], origins: Collection[str], is_local: bool = False
    ) -> None:
        """``is_local``: only requests that come in at a loopback address are served, as with ``AUTH=off``."""
        self._app = app
        self._hosts = LOCAL_NAMES | {host.lower() for host in hosts}
        self._origins = frozenset(origins)
        self._is_local = is_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal_of(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        path: str = scope["path"]
        if path[-1:] == "/" and path != "/":
            # Senders of webhooks do not follow a redirect.
            scope = {**scope, "path": path.rstrip("/") or "/"}
        await self._app(scope, receive, send)

    def _refusal_of(self, scope: Scope) -> Response | None:
        # The address at which the connection came in, not the one of the client: None for a Unix socket.
        address = (scope.get("server") or ("", None))[0]
        if self._is_local and is_address(address) and not is_loopback(address):
            return respond(
                {"detail": f"AUTH=off serves requests at a loopback address only, not at {address}; set AUTH=keys."},
                403,
            )
        headers = [(name, value.decode("latin-1")) for name, value in scope["headers"] if name in READ_HEADERS]
        for name, host in headers:
            if name == b"host" and not self.knows_host(host):
                return respond(
                    {"detail": f"The Host {host[:200]!r} is not a name of this API; add it to ALLOWED_HOSTS."}, 421
                )
        # The first of several counts.
        first = dict(reversed(headers))
        if scope["method"] in SAFE_METHODS or not self.is_foreign(first):
            return None
        origin = first.get(b"origin") or "another site"
        return respond(
            {"detail": f"A web page of {origin[:200]} may not write here; add its origin to CORS_ORIGINS."}, 403
        )

    def knows_host(self, host: str) -> bool:
        """
        True for ``ALLOWED_HOSTS``, localhost and its subdomains, and any IP address.

        A page cannot make its own domain an IP address, so these need no list.
        """
        if "*" in self._hosts:
            return True
        name = host_name(host)
        return name in self._hosts or name.endswith(".localhost") or is_address(name)

    def is_foreign(self, headers: Mapping[bytes, str]) -> bool:
        """True if a browser sends this for a page of an origin that is neither this API's nor listed."""
        origin = headers.get(b"origin")
        if origin is not None and (origin in self._origins or "*" in self._origins):
            return False
        site = headers.get(b"sec-fetch-site")
        if site in ("same-origin", "none"):
            return False
        if origin is None:
            return site is not None
        return urlsplit(origin).netloc.lower() != headers.get(b"host", "").lower()


# Senders name the same few hosts, and reading an address costs as much as the rest of the guard.
@lru_cache(maxsize=1024)
def host_name(host: str) -> str:
    """The name in a ``Host`` header: ``[::1]:8000`` is ``::1``. Empty if it is not a host, perhaps with a port."""
    found = _HOST.fullmatch(host)
    return (found[1] or found[2].rstrip(".")).lower() if found else ""


@lru_cache(maxsize=1024)
def is_address(name: str) -> bool:
    """True for an IPv4 or IPv6 address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
