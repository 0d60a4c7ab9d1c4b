"""HTTP that cannot be led astray: every address is judged after its name is resolved, at every redirect."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from app.errors import StepFailed

#: Addresses at which clouds hand out credentials, besides the link-local ones. Refused whatever the settings say.
METADATA = [
    ip_network(network)
    for network in ("fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd20:ce::254/128")
]
#: Ways to write an IPv4 address in the last bits of an IPv6 one (RFC 6052, RFC 4291).
ENDING_IN_IPV4 = [ip_network("64:ff9b::/96"), ip_network("::/96")]


#: A host, in small letters, and a port.
Place = tuple[str, int]


class AddressRefused(StepFailed):
    """An address that ``http_call`` may not reach."""

    def __init__(self, host: str, address: str, why: str) -> None:
        where = address if host == address else f"{host} is at {address}, which"
        super().__init__(f"{where} is {why}.", kind="AddressRefused", retry=False)


def judge(host: str, text: str, *, allow_private: bool) -> None:
    """Raises AddressRefused where this address may not be reached."""
    address = _meant(ip_address(text.partition("%")[0]))
    if address.is_link_local or address.is_multicast or any(address in network for network in METADATA):
        raise AddressRefused(host, text, "an address that is never called")
    if not allow_private and not address.is_global:
        raise AddressRefused(host, text, "a private address; HTTP_ALLOW_PRIVATE=true allows those")


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in ENDING_IN_IPV4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def connect(connection: HTTPConnection, *, allow_private: bool, own: Collection[Place]) -> socket.socket:
    """Connect to the first address of the host that answers; all of them must be allowed."""
    host = connection.host.strip("[]")
    may_be_private = allow_private or (host.lower(), connection.port) in own
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NewConnectionError(connection, f"The name {host} cannot be resolved: {error}") from error
    for *_, address in found:
        judge(host, str(address[0]), allow_private=may_be_private)
    return _first_answering(connection, [str(address[0]) for *_, address in found])


def _first_answering(connection: HTTPConnection, addresses: list[str]) -> socket.socket:
    for number, address in enumerate(addresses, 1):
        try:
            return create_connection((address, connection.port), connection.timeout)
        except OSError as error:
            if number == len(addresses):
                raise NewConnectionError(connection, f"{connection.host} does not answer: {error}") from error
    raise NewConnectionError(connection, f"{connection.host} has no address.")


class _Guard(HTTPAdapter):
    """An adapter whose connections judge their addresses."""

    def __init__(self, *, allow_private: bool, own: Collection[Place]) -> None:
        self._connect = partial(connect, allow_private=allow_private, own=own)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(*args[:1], block=False)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, self._connect),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, self._connect),
        }


def _pool(pool: Any, connection: Any, connect: Any) -> Any:
    guarded = type("Guarded", (connection,), {"_new_conn": lambda self: connect(self)})
    return type("GuardedPool", (pool,), {"ConnectionCls": guarded})


@contextmanager
def session(*, allow_private: bool, own: Collection[Place] = ()) -> Iterator[requests.Session]:
    """
    A session without the environment's proxies and logins, whose connections are guarded.

    ``own`` may be reached at a private address, whatever ``allow_private`` says.
    """
    with requests.Session() as opened:
        opened.trust_env = False
        opened.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
        opened.max_redirects = 10
        guard = _Guard(allow_private=allow_private, own=own)
        opened.mount("http://", guard)
        opened.mount("https://", guard)
        yield opened
