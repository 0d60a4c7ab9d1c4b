"""The client of the broker that a URL names; it connects with the options with which kombu connects a worker."""

from __future__ import annotations

import logging
import ssl
from pkgutil import resolve_name
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from redis import Connection, ConnectionPool, Redis, SSLConnection, UnixDomainSocketConnection

log = logging.getLogger(__name__)

#: Seconds that Redis may take to accept a connection, and to answer a command. A server that is frozen or cut off
#: answers nothing: without a limit, a publish would wait for it for ever.
CONNECT_TIMEOUT, SOCKET_TIMEOUT = 2, 4
#: Seconds after which a connection that was not used is checked before its next command.
CHECK_AFTER = 25
DEFAULT_PORT = 6379
#: By the values of ``ssl_cert_reqs``, which may have ``CERT_`` in front.
CHECKS = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


def make_client(url: str) -> Redis:
    """
    A client that connects with its first command, repeats none that fails, and returns texts.

    Each thread that waits for an answer has a connection of its own.
    """
    return Redis(connection_pool=ConnectionPool(**connection_options(url), decode_responses=True))


def connection_options(url: str) -> dict[str, Any]:
    """The arguments of a pool of connections; ``url`` is one that the settings accept."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    server = _find_socket(parts, query) if parts.scheme == "redis+socket" else _find_host(parts, query)
    login = _find_login(parts, query)
    return {**server, **login, "socket_timeout": SOCKET_TIMEOUT, "health_check_interval": CHECK_AFTER}


def _find_login(parts: SplitResult, query: dict[str, str]) -> dict[str, Any]:
    if "credential_provider" in query:
        return {"credential_provider": resolve_name(query["credential_provider"])()}
    return {"username": unquote(parts.username or "") or None, "password": unquote(parts.password or "") or None}


def _find_socket(parts: SplitResult, query: dict[str, str]) -> dict[str, Any]:
    database = int(query.get("virtual_host", "0"))
    return {"connection_class": UnixDomainSocketConnection, "path": unquote(parts.path), "db": database}


def _find_host(parts: SplitResult, query: dict[str, str]) -> dict[str, Any]:
    encryption = {name: _parse_option(name, text) for name, text in query.items() if name.startswith("ssl_")}
    if parts.scheme == "rediss" and not encryption:
        log.warning("The certificate of Redis is not checked: REDIS_URL has no ssl_cert_reqs=required.")
        encryption = {"ssl_cert_reqs": ssl.CERT_NONE}
    return {
        "connection_class": SSLConnection if encryption else Connection,
        "host": unquote(parts.hostname or ""),
        "port": parts.port or DEFAULT_PORT,
        "db": int(parts.path.removeprefix("/") or 0),
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "socket_keepalive": True,
        **encryption,
    }


def _parse_option(name: str, text: str) -> Any:
    if name == "ssl_cert_reqs":
        return CHECKS[text.removeprefix("CERT_").lower()]
    return text.lower() != "false" if name == "ssl_check_hostname" else text
