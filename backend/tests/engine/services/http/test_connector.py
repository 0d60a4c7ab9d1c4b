"""Addresses of new connections: looked up beside the loop, checked, and connected to as they were checked."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.engine.services.http import connector as module
from app.engine.services.http import guard as guards
from app.engine.services.http.connector import GuardedConnector, expect_addresses
from app.engine.services.http.guard import AddressRefused, Guard
from tests.engine.services.http.peer import peer
from tests.engine.services.http.test_sessions import call, catch_failure

Place = tuple[str, int]


@dataclass
class Names:
    """A name server: the addresses of each host, those of each lookup in turn; the last ones are repeated."""

    answers: dict[str, list[list[str]]]
    #: A lookup of these hosts ends when the event is set.
    slow: dict[str, threading.Event] = field(default_factory=dict)
    lookups: Counter[str] = field(default_factory=Counter)

    def resolve(self, host: str, port: int) -> list[Any]:
        self.lookups[host] += 1
        if host in self.slow:
            self.slow[host].wait(60)
        found = self.answers.get(host, [[host]])
        addresses = found[min(self.lookups[host], len(found)) - 1]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    known = Names({})
    monkeypatch.setattr(guards, "_resolve", known.resolve)
    yield known
    for event in known.slow.values():
        event.set()


def own(host: str, url: str) -> Guard:
    """A guard that allows private addresses for this host only."""
    return Guard(own=frozenset([(host, port_of(url))]))


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_every_address_of_a_name_must_be_allowed(names: Names) -> None:
    names.answers["two.example"] = [["127.0.0.1", "169.254.169.254"]]

    async def body() -> None:
        async with peer() as server:
            url = f"http://two.example:{port_of(server.url)}/"

            failed = await catch_failure(url)

            assert (failed.kind, failed.retry, server.connections) == ("AddressRefused", False, 0)

    asyncio.run(body())


def test_name_that_changes_its_address_gains_nothing(names: Names) -> None:
    names.answers["rebinds.example"] = [["127.0.0.1"], ["169.254.169.254"]]

    async def body() -> None:
        async with peer(closes=True) as server:
            url = f"http://rebinds.example:{port_of(server.url)}/"

            assert (await call(url)).text == "ok"
            await server.wait_for(lambda: server.ended == 1)
            assert (await catch_failure(url)).kind == "AddressRefused"

            assert (names.lookups["rebinds.example"], server.connections) == (2, 1)

    asyncio.run(body())


def test_next_address_is_called_if_the_first_is_silent(names: Names) -> None:
    names.answers["two.example"] = [["127.0.0.99", "127.0.0.1"]]

    async def body() -> None:
        async with peer() as server:
            assert (await call(f"http://two.example:{port_of(server.url)}/")).text == "ok"

    asyncio.run(body())


def test_own_service_stays_private_by_its_address(names: Names) -> None:
    names.answers["own.example"] = [["127.0.0.1"]]

    async def body() -> None:
        async with peer() as server:
            guard = own("own.example", server.url)

            answers = await asyncio.gather(
                call(f"http://own.example:{port_of(server.url)}/", guard=guard),
                catch_failure(server.url, guard=guard),
            )

            assert (answers[0].text, answers[1].kind) == ("ok", "AddressRefused")

    asyncio.run(body())


def test_slow_lookup_is_shared_and_blocks_nobody(names: Names) -> None:
    names.slow["slow.example"] = threading.Event()
    names.answers["slow.example"] = [["127.0.0.1"]]

    async def body() -> None:
        async with peer() as server:
            url = f"http://slow.example:{port_of(server.url)}/"
            waiting = [asyncio.ensure_future(call(url)) for _ in range(200)]
            failed = asyncio.ensure_future(catch_failure(url, timeout=0.1))

            assert (await call(server.url)).text == "ok"
            assert str(await failed) == f"GET {url}: no connection was made within 0.1 s."
            assert not any(task.done() for task in waiting)
            names.slow["slow.example"].set()

            assert {(await task).text for task in waiting} == {"ok"}
            assert names.lookups["slow.example"] == 1

    asyncio.run(body())


def test_many_slow_names_leave_room_for_others(names: Names) -> None:
    hosts = [f"slow{number}.example" for number in range(module.MAX_LOOKUPS - 1)]
    names.slow.update((host, threading.Event()) for host in hosts)

    async def body() -> None:
        async with peer() as server:
            waiting = [asyncio.ensure_future(call(f"http://{host}/")) for host in hosts]

            assert (await call(server.url)).text == "ok"

            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(body())


def test_address_that_was_not_checked_is_refused() -> None:
    async def body() -> None:
        expect_addresses()
        async with GuardedConnector(Guard(allow_private=True)) as connector:
            await connector._resolve_host("127.0.0.1", 80)
            info = (socket.AF_INET, socket.SOCK_STREAM, 6, "")

            module._open_socket((*info, ("127.0.0.1", 80))).close()
            with pytest.raises(AddressRefused, match="an address that was not checked"):
                module._open_socket((*info, ("127.0.0.2", 80)))

    asyncio.run(body())
