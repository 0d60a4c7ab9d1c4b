"""Connections of an event loop: reused, not limited, closed when a call or the loop ends."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import tracemalloc
from collections.abc import Coroutine
from typing import Any

import pytest

from app.engine.services.http import sessions
from app.engine.services.http.client import send_request
from app.engine.services.http.exchange import Answer, Request
from app.engine.services.http.guard import Guard
from app.errors import StepFailed
from tests.engine.services.http.peer import CERTIFICATE, OK, Peer, answer_never, peer

EVERYWHERE = Guard(allow_private=True)


def call(
    url: str, *, method: str = "GET", timeout: float = 20, guard: Guard = EVERYWHERE
) -> Coroutine[Any, Any, Answer]:
    return send_request(Request(method, url, {}, b"{}" if method == "POST" else None, timeout), guard)


async def catch_failure(url: str, **options: Any) -> StepFailed:
    with pytest.raises(StepFailed) as failed:
        await call(url, **options)
    return failed.value


def test_connections_are_reused() -> None:
    async def body() -> None:
        async with peer() as server:
            for _ in range(20):
                await call(server.url, method="POST")
            await asyncio.gather(*(call(server.url) for _ in range(20)))
            await asyncio.gather(*(call(server.url) for _ in range(20)))

            assert len(server.requests) == 60
            assert server.connections <= 20

    asyncio.run(body())


def test_private_connection_is_not_reused_by_a_stricter_guard() -> None:
    async def body() -> None:
        async with peer() as server:
            await call(server.url)

            failed = await catch_failure(server.url, guard=Guard())

            assert (failed.kind, server.connections, len(server.requests)) == ("AddressRefused", 1, 1)

    asyncio.run(body())


def test_connection_that_the_server_closed_is_not_reused() -> None:
    async def body() -> None:
        async with peer(closes=True) as server:
            for _ in range(5):
                assert (await call(server.url, method="POST")).status_code == 200
                await server.wait_for(lambda: server.ended == server.connections)

            assert server.connections == 5

    asyncio.run(body())


def test_calls_to_slow_host_do_not_slow_others() -> None:
    async def body() -> None:
        async with peer(answer_never) as slow, peer() as fast:
            waiting = [asyncio.ensure_future(call(slow.url)) for _ in range(300)]
            await slow.wait_for(lambda: len(slow.requests) == 300)

            assert (await call(fast.url)).text == "ok"

            assert not any(task.done() for task in waiting)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(body())


def test_server_that_never_answers_ends_in_timeout() -> None:
    async def body() -> None:
        async with peer(answer_never) as server:
            failed = await catch_failure(server.url, timeout=0.2)

            assert (failed.kind, str(failed)) == ("ReadTimeout", f"GET {server.url}: no answer came within 0.2 s.")
            await server.wait_for(lambda: server.ended == 1)

    asyncio.run(body())


async def answer_slowly(writer: asyncio.StreamWriter) -> None:
    """One byte after the other, without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("reply", [answer_never, answer_slowly])
def test_cancelled_call_closes_its_connection(reply: Any) -> None:
    async def body() -> None:
        async with peer(reply) as server:
            task = asyncio.ensure_future(call(server.url))
            await server.wait_for(lambda: len(server.requests) == 1)
            await asyncio.wait([task], timeout=0.1)
            assert not task.done()

            task.cancel()

            await server.wait_for(lambda: server.ended == 1)
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(body())


def test_answer_of_a_gigabyte_is_broken_off() -> None:
    sent = 0

    async def answer_much(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            writer.write(bytes(1_000_000))
            await writer.drain()
            sent += 1_000_000

    async def body() -> None:
        async with peer(answer_much) as server:
            failed = await catch_failure(server.url)

            assert (failed.kind, failed.retry) == ("AnswerTooLarge", False)
            await server.wait_for(lambda: server.ended == 1)
            assert sent < 100_000_000

    asyncio.run(body())


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (reset, "ChunkedEncodingError", "the answer broke off: "),
        (hang_up, "ConnectionError", "the connection was closed before an answer came."),
    ],
)
def test_connection_that_breaks_off_fails_once(reply: Any, kind: str, reason: str) -> None:
    async def body() -> None:
        async with peer(reply) as server:
            failed = await catch_failure(server.url, method="POST")

            assert (failed.kind, failed.retry, len(server.requests)) == (kind, True, 1)
            assert reason in str(failed)

    asyncio.run(body())


def test_ipv6_address_is_called() -> None:
    async def body() -> None:
        async with peer(host="::1") as server:
            assert (await call(server.url)).text == "ok"
            assert (await catch_failure(server.url, guard=Guard())).kind == "AddressRefused"

            assert server.connections == 1

    asyncio.run(body())


def test_certificate_must_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> Answer | StepFailed:
        async with peer(tls=True) as server:
            try:
                return await call(server.url)
            except StepFailed as failed:
                return failed

    unknown = asyncio.run(body())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    known = asyncio.run(body())

    assert isinstance(unknown, StepFailed)
    assert (unknown.kind, unknown.retry) == ("SSLError", True)
    assert isinstance(known, Answer)


def test_certificate_of_another_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))

    async def body() -> None:
        async with peer(tls=True, host="127.0.0.2") as server:
            assert (await catch_failure(server.url)).kind == "SSLError"

    asyncio.run(body())


def test_header_of_an_answer_may_be_long() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"x" * 60_000 + b"\r\n\r\n"))

    async def body() -> None:
        async with peer(answer) as server:
            assert len((await call(server.url)).headers["X-Long"]) == 60_000

    asyncio.run(body())


def test_end_of_the_loop_closes_connections() -> None:
    async def body() -> asyncio.AbstractEventLoop:
        async with peer() as server:
            await call(server.url)

            assert asyncio.get_running_loop() in sessions._opened
            return asyncio.get_running_loop()

    assert asyncio.run(body()) not in sessions._opened


def test_memory_stays_the_same_over_many_calls() -> None:
    async def call_often(server: Peer, rounds: int) -> int:
        for _ in range(rounds):
            await asyncio.gather(*(call(server.url) for _ in range(20)))
        server.requests.clear()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    async def body() -> tuple[int, int]:
        async with peer() as server:
            await call_often(server, 5)
            return await call_often(server, 5), await call_often(server, 30)

    tracemalloc.start()
    try:
        before, after = asyncio.run(body())
    finally:
        tracemalloc.stop()

    assert after - before < 100_000
