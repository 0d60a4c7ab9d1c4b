"""SSRF protection: the addresses to which handlers may connect."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

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

    def resolve(self, host: str, port: int) -> list[str]:
        """
        The addresses of a host, each of which may be reached. Blocks while names are looked up.

        Raises AddressRefused if one of them may not be reached, and OSError or UnicodeError if there is none.
        """
        found = list(dict.fromkeys(str(place[0]) for *_, place in _resolve(host, port)))
        for address in found:
            self.check(host, port, address)
        return found

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
