"""A transport that sends together what is written in one turn of the event loop."""

from __future__ import annotations

import asyncio
from typing import Any

#: Bytes that are kept until the end of a turn, at most: more are sent at once, so that the transport can ask to pause.
MOST_BYTES = 65_536


class JoinedWrites:
    """
    Joins the writes of one turn of the event loop to one; in all else it is the transport that it is made of.

    uvicorn writes the head of a response and its body one after the other. As two packets, these cost the API a system
    call and its client another.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send these bytes at the end of this turn, behind those that were written before."""
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > MOST_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what has been written."""
        if self._parts:
            parts, self._parts, self._size = self._parts, [], 0
            self._transport.write(b"".join(parts))

    def close(self) -> None:
        """Send what has been written, and close the connection."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
