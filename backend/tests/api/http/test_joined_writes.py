"""What is written in one turn of the event loop is sent in one piece, in order, and at once where it is much."""

from __future__ import annotations

import asyncio
from typing import cast

from app.api.http.joined_writes import MOST_BYTES, JoinedWrites


class RecordingTransport:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.written.append(b"closed")

    def is_closing(self) -> bool:
        return self.written[-1:] == [b"closed"]


def joined(transport: RecordingTransport) -> JoinedWrites:
    return JoinedWrites(cast(asyncio.Transport, transport), asyncio.get_running_loop())


async def next_turn() -> None:
    """Wait until what was called soon before has been called."""
    turned = asyncio.Event()
    asyncio.get_running_loop().call_soon(turned.set)
    await turned.wait()


def test_writes_of_one_turn_are_one() -> None:
    async def write_responses() -> list[bytes]:
        transport = RecordingTransport()
        writes = joined(transport)
        for number in (b"1", b"2"):
            writes.write(b"head " + number)
            writes.write(b" body")
            await next_turn()
        return transport.written

    assert asyncio.run(write_responses()) == [b"head 1 body", b"head 2 body"]


def test_close_sends_what_was_written() -> None:
    async def write_and_close() -> tuple[list[bytes], bool]:
        transport = RecordingTransport()
        writes = joined(transport)
        writes.write(b"head")
        writes.close()
        await next_turn()
        return transport.written, writes.is_closing()

    assert asyncio.run(write_and_close()) == ([b"head", b"closed"], True)


def test_many_bytes_are_sent_at_once() -> None:
    async def write_much() -> list[bytes]:
        transport = RecordingTransport()
        writes = joined(transport)
        writes.write(b"head")
        writes.write(b"x" * MOST_BYTES)
        return list(transport.written)

    assert asyncio.run(write_much()) == [b"head" + b"x" * MOST_BYTES]
