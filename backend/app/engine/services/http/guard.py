"""HTTP connections with SSRF protection: every resolved address is checked, at every redirect."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.errors import MissingHeaderBodySeparatorDefect
from functools import partial
from http.client import BadStatusLine, HTTPResponse, parse_headers
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from app.errors import StepFailed

Address = IPv4Address | IPv6Address
#: A host in small letters, and a port.
Place = tuple[str, int]

#: Addresses at which clouds hand out credentials, besides the link-local ones. Refused whatever the settings are.
METADATA = [
    ip_network(network)
    for network in ("fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd20:ce::254/128")
]
#: Networks that are not public, although the ``ipaddress`` of some versions of Python calls them global.
NOT_PUBLIC = [
    ip_network(network)
    for network in ("192.0.0.0/24", "64:ff9b:1::/48", "fec0::/10", "3fff::/20", "5f00::/16", "100:0:0:1::/64")
]
#: Networks whose addresses have an IPv4 address in their last 32 bits (RFC 6052, RFC 4291, RFC 8215, RFC 2765).
ENDING_IN_IPV4 = [ip_network(network) for network in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/96")]
#: The third quarter of an ISATAP address (RFC 5214), whose last 32 bits are an IPv4 address.
ISATAP = (0x00005EFE, 0x02005EFE)
#: Interim answers (1xx) that may come before the answer.
MAX_INTERIM_ANSWERS = 100


class AddressRefused(StepFailed):
    """An address that handlers may not reach. The message names the address and not the host, which can be a secret."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is {reason}.", kind="AddressRefused", retry=False)


@dataclass(frozen=True)
class Guard:
    """The addresses that may be reached. Metadata and link-local addresses never are."""

    allow_private: bool = False
    #: Services that may be reached although their addresses are private.
    own: frozenset[Place] = frozenset()
    #: Places of this deployment, such as its API, Postgres and Redis, that are refused.
    closed: frozenset[Place] = frozenset()

    def check(self, host: str, port: int, text: str) -> None:
        """Raises AddressRefused if this address, to which a host was resolved, may not be reached."""
        address = _ipv4_inside(ip_address(text.partition("%")[0]))
        if _is_never_called(address):
            raise AddressRefused(text, "an address that is never called")
        if (host.lower(), port) not in self.own and not self.allow_private and not _is_public(address):
            raise AddressRefused(text, "a private address; HTTP_ALLOW_PRIVATE=true allows those")
        if any(port == closed and _is_same_machine(address, name, port) for name, closed in self.closed):
            reason = "an address of this deployment (its API, Postgres or Redis); HTTP_ALLOW_OWN=true allows those"
            raise AddressRefused(f"{text}, port {port},", reason)


def _is_never_called(address: Address) -> bool:
    return address.is_link_local or address.is_multicast or any(address in network for network in METADATA)


def _is_public(address: Address) -> bool:
    return address.is_global and not any(address in network for network in NOT_PUBLIC)


def _ipv4_inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries, if it carries one."""
    if isinstance(address, IPv4Address) or address.is_loopback or address.is_unspecified:
        return address
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in network for network in ENDING_IN_IPV4) or (int(address) >> 32) & 0xFFFFFFFF in ISATAP:
        return last
    return address.ipv4_mapped or address.sixtofour or address


def _is_same_machine(address: Address, host: str, port: int) -> bool:
    """True if the host is at this address, or both are this machine."""
    try:
        found = {_ipv4_inside(ip_address(str(place[0]).partition("%")[0])) for *_, place in _resolve(host, port)}
    except (OSError, UnicodeError):
        return False
    return address in found or (_is_this_machine(address) and any(_is_this_machine(each) for each in found))


def _is_this_machine(address: Address) -> bool:
    """A datagram socket to an address of this machine has that address itself; nothing is sent."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return str(probe.getsockname()[0]) == str(address)
    except OSError:
        return False


def _resolve(host: str, port: int) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def connect(connection: HTTPConnection, *, guard: Guard) -> socket.socket:
    """Connect to the first address of the host that accepts; all of them must be allowed."""
    host, port = connection.host.strip("[]"), int(connection.port or 0)
    try:
        found = [str(place[0]) for *_, place in _resolve(host, port)]
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise NewConnectionError(connection, f"its host cannot be resolved ({reason or 'not a name'})") from error
    for address in found:
        guard.check(host, port, address)
    return _connect_first(connection, found)


def _connect_first(connection: HTTPConnection, addresses: list[str]) -> socket.socket:
    for number, address in enumerate(addresses, 1):
        try:
            return create_connection((address, int(connection.port or 0)), connection.timeout)
        except OSError as error:
            if number == len(addresses):
                raise NewConnectionError(connection, f"its host does not answer: {error}") from error
    raise NewConnectionError(connection, "its host has no address")


class _FinalResponse(HTTPResponse):
    """An answer without the interim ones before it (RFC 9110, 15.2), of which ``http.client`` skips only 100."""

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MAX_INTERIM_ANSWERS):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == 101:
                raise BadStatusLine("101 Switching Protocols, which was not asked for")
            if not 100 <= status < 200:
                return version, status, reason
            parse_headers(self.fp)
        raise BadStatusLine(f"more than {MAX_INTERIM_ANSWERS} interim answers")

    def begin(self) -> None:
        """Refuse headers from which the end of the answer cannot be known."""
        if self.headers is not None:
            return
        lines = self.fp = _Lines(self.fp)
        super().begin()
        self.fp = lines.file
        if lines.last.strip(b"\r\n"):
            raise BadStatusLine("headers that break off")
        if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in self.msg.defects):
            raise BadStatusLine("a header line without a colon")
        lengths = {value.strip() for line in self.msg.get_all("Content-Length", []) for value in line.split(",")}
        if len(lengths) > 1:
            raise BadStatusLine(f"several Content-Length ({', '.join(sorted(lengths))})")


class _Lines:
    """A file that remembers the last line that was read from it."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self.file.readline(limit)
        self.last = line or self.last
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class _GuardedAdapter(HTTPAdapter):
    """An adapter whose connections check their addresses."""

    def __init__(self, guard: Guard) -> None:
        self._connect = partial(connect, guard=guard)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(*args[:1], block=False)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _guarded_pool(HTTPConnectionPool, HTTPConnection, self._connect),
            "https": _guarded_pool(HTTPSConnectionPool, HTTPSConnection, self._connect),
        }


def _guarded_pool(pool: Any, connection: Any, connect: Any) -> Any:
    members = {"_new_conn": lambda self: connect(self), "response_class": _FinalResponse}
    return type("GuardedPool", (pool,), {"ConnectionCls": type("GuardedConnection", (connection,), members)})


@contextmanager
def session(
    *, allow_private: bool, own: Collection[Place] = (), closed: Collection[Place] = ()
) -> Iterator[requests.Session]:
    """
    A session with guarded connections, without the proxies and logins of the environment.

    ``own`` are places that may be reached although their addresses are private, ``closed`` places that may not.
    """
    guard = Guard(allow_private, frozenset(own), frozenset(closed))
    with requests.Session() as opened:
        opened.trust_env = False
        opened.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
        opened.max_redirects = 10
        adapter = _GuardedAdapter(guard)
        opened.mount("http://", adapter)
        opened.mount("https://", adapter)
        yield opened
