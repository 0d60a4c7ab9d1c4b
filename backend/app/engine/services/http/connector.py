"""Connections of the HTTP client: every address is checked when it is connected to."""

from __future__ import annotations

import asyncio
import socket
from contextvars import ContextVar
from typing import Any

from aiohttp import AddrInfoType, TCPConnector
from aiohttp.abc import ResolveResult

from app.engine.services.http.guard import AddressRefused, Guard
from app.engine.services.threads import run_in_thread

#: Seconds for which a connection may be idle and is still reused. Servers close idle ones after 2 s (gunicorn), 5 s
#: (uvicorn, Node) or longer; a request that meets a closing connection may or may not have been carried out.
REUSED_FOR = 1.0
#: Lookups of hosts that run at once, each in a thread of its own; further ones wait for one of them.
MAX_LOOKUPS = 64

#: The addresses that were checked for the request that this task sends.
_checked: ContextVar[set[str]] = ContextVar("checked_addresses")


def expect_addresses() -> None:
    """Begin a request in this task: it may connect to the addresses that the guard allows from now on."""
    _checked.set(set())


class GuardedConnector(TCPConnector):
    """
    Opens connections to addresses that a guard allows, with as many of them to one host as there are requests.

    A host is looked up again for each new connection, and is connected to at the addresses that were checked, so a
    name that changes its address (DNS rebinding) gains nothing. Requests that need the same host at the same time
    share one lookup.
    """

    def __init__(self, guard: Guard, **options: Any) -> None:
        super().__init__(
            limit=0, keepalive_timeout=REUSED_FOR, use_dns_cache=False, socket_factory=_open_socket, **options
        )
        self._guard = guard
        self._lookups: dict[tuple[str, int], asyncio.Future[list[str]]] = {}
        self._room = asyncio.Semaphore(MAX_LOOKUPS)

    async def _resolve_host(self, host: str, port: int, traces: Any = None) -> list[ResolveResult]:
        """
        The addresses to connect to.

        This replaces a method of aiohttp that is not documented, because the documented resolver is not asked for
        addresses written as such. ``_open_socket`` refuses every connection whose address was not checked here.
        """
        try:
            addresses = await self._look_up(host.strip("[]").rstrip("."), port)
        except UnicodeError:
            raise socket.gaierror(socket.EAI_NONAME, "not a name") from None
        _checked.get().update(addresses)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def _look_up(self, host: str, port: int) -> list[str]:
        key = (host, port)
        running = self._lookups.get(key)
        if running is None:
            running = self._lookups[key] = asyncio.ensure_future(self._look_up_once(host, port))
            running.add_done_callback(lambda done: self._forget_lookup(key, done))
        return await asyncio.shield(running)

    async def _look_up_once(self, host: str, port: int) -> list[str]:
        async with self._room:
            return await run_in_thread(lambda: self._guard.resolve(host, port), name="lookup")

    def _forget_lookup(self, key: tuple[str, int], done: asyncio.Future[list[str]]) -> None:
        del self._lookups[key]
        if not done.cancelled():
            done.exception()  # So that a lookup for which nobody waits any more is not logged.


def _open_socket(info: AddrInfoType) -> socket.socket:
    """A socket to an address that was checked for this task's request; for any other address there is none."""
    family, kind, protocol, _, place = info
    if str(place[0]) not in _checked.get():
        raise AddressRefused(str(place[0]), "an address that was not checked")
    return socket.socket(family, kind, protocol)
