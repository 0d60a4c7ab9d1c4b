"""A server on the event loop of a test, which counts its connections and answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

#: Writes an answer to one request.
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#: The key and the certificate of ``localhost`` and 127.0.0.1, signed by itself, until 2057.
CERTIFICATE = Path(__file__).with_name("localhost.pem")


@dataclass
class Peer:
    """Connections stay open until the client closes them, unless ``closes``."""

    url: str
    reply: Reply
    #: Close each connection after its answer, without announcing it.
    closes: bool = False
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    #: How many connections have ended.
    ended: int = 0
    #: Open connections.
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    #: Notified when the number of connections or requests changes.
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until this is true of the counts; fails after 20 s."""
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(condition), 20)

    async def _count(self, **added: int) -> None:
        async with self.changed:
            for name, number in added.items():
                setattr(self, name, getattr(self, name) + number)
            self.changed.notify_all()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        await self._count(connections=1)
        answering: asyncio.Task[None] | None = None
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0
                )
                self.requests.append(head + await reader.readexactly(length))
                await self._count()
                answering = asyncio.ensure_future(self._answer(writer))
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client has closed the connection
        finally:
            if answering is not None:
                answering.cancel()
            writer.close()
            self.writers.discard(writer)
            await self._count(ended=1)

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        await self.reply(writer)
        if self.closes:
            writer.close()


async def answer_ok(writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


async def answer_never(writer: asyncio.StreamWriter) -> None:
    """Leave the request without an answer."""


@asynccontextmanager
async def peer(
    reply: Reply = answer_ok, *, host: str = "127.0.0.1", tls: bool = False, **options: bool
) -> AsyncIterator[Peer]:
    """A server on a port of its own."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    kept = Peer("", reply, **options)
    server = await asyncio.start_server(kept.serve, host, 0, ssl=context, backlog=1000)
    port = server.sockets[0].getsockname()[1]
    kept.url = f"http{'s' if tls else ''}://{f'[{host}]' if ':' in host else host}:{port}"
    try:
        yield kept
    finally:
        server.close()
        for writer in list(kept.writers):
            writer.close()
        await kept.wait_for(lambda: kept.ended == kept.connections)
