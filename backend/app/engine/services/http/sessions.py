"""The client sessions of an event loop, which keep connections for reuse."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import certifi
from aiohttp import ClientPayloadError, ClientResponse, ClientSession, DummyCookieJar
from aiohttp.connector import Connection

from app.engine.services.http.connector import GuardedConnector
from app.engine.services.http.guard import Guard

#: Bytes of a header line of an answer; a longer one fails the step.
MAX_HEADER_BYTES = 65_536
#: Headers of an answer.
MAX_HEADERS = 256
#: Interim answers (1xx) that may come before the answer.
MAX_INTERIM_ANSWERS = 100

Sessions = dict[Guard, ClientSession]

#: By event loop, with what closes them.
_opened: dict[asyncio.AbstractEventLoop, tuple[Sessions, AsyncIterator[Sessions]]] = {}


async def open_session(guard: Guard) -> ClientSession:
    """
    The session of the running loop whose connections this guard has checked; it is made when it is first needed.

    Without the proxies, cookies and logins of the environment. It is closed when the loop ends and closes its
    asynchronous generators, as ``asyncio.run`` and the loop of handlers do.
    """
    loop = asyncio.get_running_loop()
    sessions = _opened[loop][0] if loop in _opened else await _open_sessions(loop)
    if guard not in sessions:
        sessions[guard] = ClientSession(
            connector=GuardedConnector(guard, ssl=_tls_context()),
            response_class=_FinalResponse,
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Content-Type",),
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )
    return sessions[guard]


async def _open_sessions(loop: asyncio.AbstractEventLoop) -> Sessions:
    for ended in [each for each in list(_opened) if each.is_closed()]:
        _opened.pop(ended, None)
    life = _keep_sessions(loop)
    sessions = await anext(life)
    _opened[loop] = (sessions, life)
    return sessions


async def _keep_sessions(loop: asyncio.AbstractEventLoop) -> AsyncIterator[Sessions]:
    sessions: Sessions = {}
    try:
        yield sessions
    finally:
        _opened.pop(loop, None)
        for session in sessions.values():
            await session.close()


def _tls_context() -> ssl.SSLContext:
    """Certificates are checked against the authorities of certifi, or the file or folder that the deployment names."""
    return _load_authorities(os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where())


@cache
def _load_authorities(place: str) -> ssl.SSLContext:
    if Path(place).is_dir():
        return ssl.create_default_context(capath=place)
    return ssl.create_default_context(cafile=place)


class _FinalResponse(ClientResponse):
    """An answer without the interim ones before it (RFC 9110, 15.2), of which aiohttp skips any number."""

    async def start(self, connection: Connection) -> ClientResponse:
        await super().start(cast(Connection, _CountedConnection(connection)))
        if self._connection is not None:
            self._connection, self._protocol = connection, connection.protocol
        return self


class _CountedConnection:
    """A connection from which a limited number of messages is read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.protocol = _CountedProtocol(connection.protocol)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class _CountedProtocol:
    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._left = MAX_INTERIM_ANSWERS + 1

    async def read(self) -> Any:
        if self._left == 0:
            raise ClientPayloadError(f"more than {MAX_INTERIM_ANSWERS} interim answers")
        self._left -= 1
        return await self._protocol.read()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)
