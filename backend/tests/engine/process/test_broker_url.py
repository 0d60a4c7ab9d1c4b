"""The client of the broker, compared with that of kombu, and over each kind of connection."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import redis

from app.engine.process.broker_url import make_client
from app.settings import BACKEND, Settings
from tests.engine.services.http.peer import CERTIFICATE
from tests.scenarios.stack import Stack

URLS = (
    "redis://h",
    "redis://H:1/3",
    "redis://:p%40%2F%3A@h/",
    "redis://us%20er:p@[::1]:6380/0",
    "redis://h/0?ssl_cert_reqs=CERT_NONE&connect_timeout=9",
    "redis://u:p@h/?credential_provider=redis.UsernamePasswordCredentialProvider",
    "rediss://h",
    "rediss://u:p@h:1/3?ssl_cert_reqs=required&ssl_ca_certs=%2Fa%2Fb.pem&ssl_check_hostname=False",
    "rediss://h?ssl_certfile=/c&ssl_keyfile=/k",
    "redis+socket:///run/a%20b.sock",
    "redis+socket://u:p%40@/run/redis.sock?virtual_host=2",
)


def test_options_are_those_of_kombu() -> None:
    command = [sys.executable, "-m", "tests.engine.process.both_connections", *URLS]
    env = {**os.environ, "DATABASE_URL": "postgresql:///none"}

    printed = subprocess.check_output(command, cwd=BACKEND, env=env, text=True)

    for url, line in zip(URLS, printed.splitlines(), strict=True):
        assert Settings(redis_url=url).broker == url
        theirs, ours = json.loads(line)
        assert ours == theirs, url


@asynccontextmanager
async def relay(stack: Stack, socket: Path | None = None) -> AsyncIterator[int]:
    """A Unix socket, or a port for encrypted connections, that leads to the Valkey of a stack."""
    valkey = urlsplit(stack.redis_url)

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            target.write(data)
        target.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        there, back = await asyncio.open_connection(valkey.hostname, valkey.port)
        await asyncio.gather(pump(reader, back), pump(there, writer))
        await asyncio.gather(back.wait_closed(), writer.wait_closed())

    served: list[Any] = []
    if socket:
        server: Any = await asyncio.start_unix_server(serve, socket)
        port = 0
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
    async with server:
        yield port
        await asyncio.gather(*served)


def push(url: str) -> None:
    """Push one message, and close the connection."""
    client = make_client(url)
    client.lpush("celery", "a message")
    client.connection_pool.disconnect()


def test_client_connects_to_a_unix_socket(quiet: Stack, tmp_path: Path) -> None:
    valkey = urlsplit(quiet.redis_url)

    async def run() -> None:
        async with relay(quiet, tmp_path / "redis.sock"):
            login, place = f":{quote(valkey.password or '')}", quote(str(tmp_path / "redis.sock"))
            url = f"redis+socket://{login}@{place}?virtual_host={valkey.path.strip('/')}"
            await asyncio.to_thread(push, url)

    asyncio.run(run())

    assert quiet.messages() == 1


def test_client_encrypts_and_checks_the_certificate(quiet: Stack) -> None:
    valkey = urlsplit(quiet.redis_url)

    async def run() -> None:
        async with relay(quiet) as port:
            url = f"rediss://:{valkey.password}@localhost:{port}{valkey.path}"
            await asyncio.to_thread(push, url)
            await asyncio.to_thread(push, f"{url}?ssl_cert_reqs=required&ssl_ca_certs={quote(str(CERTIFICATE))}")
            with pytest.raises(redis.exceptions.ConnectionError, match="certificate verify failed"):
                await asyncio.to_thread(push, f"{url}?ssl_cert_reqs=required")

    asyncio.run(run())

    assert quiet.messages() == 2
