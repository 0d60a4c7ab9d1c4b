"""Where the API listens, and that it is not open to the network without authentication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from pathlib import PurePath

#: The program that serves the API, as ``docs/operate.md`` shows it.
SERVER = "uvicorn"


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """True if only this machine reaches the address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in ("localhost", "ip6-localhost")


def find_host(arguments: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The host at which uvicorn listens with this command line; None if it is not that of uvicorn."""
    program = PurePath(arguments[0]) if arguments else PurePath()
    if SERVER not in (program.name, program.parent.name):
        return None
    given = list(arguments[1:])
    for place, argument in enumerate(given):
        name, is_joined, value = argument.partition("=")
        if name == "--host":
            return value if is_joined else next(iter(given[place + 1 :]), None)
    return environment.get("UVICORN_HOST") or None


def describe_open_door(host: str) -> str:
    """Why the API does not start at an address that other machines reach, and what to do."""
    return (
        f"HOST={host} opens the API to the network, and AUTH=off lets everybody who reaches it do everything. Set"
        " AUTH=keys and make the first key with `trigraph keys create --admin`, or set HOST=127.0.0.1"
    )
