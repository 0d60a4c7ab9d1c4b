"""A connection that sends its headers too slowly, or too many of them, is closed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from select import select
from urllib.parse import urlsplit

import pytest

from app.api.http.protocol import BoundedProtocol
from app.settings import Settings
from tests.api.client import Api, running_api
from tests.servers import NOWHERE

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class ImpatientProtocol(BoundedProtocol):
    header_timeout = 0.5


@pytest.fixture(scope="module")
def impatient_api(api_database_url: str) -> Iterator[Api]:
    settings = Settings(database_url=api_database_url, workflows_dir=NOWHERE, body_timeout=0.5)
    with running_api(settings, protocol=ImpatientProtocol) as api:
        yield api


def connect(api: Api) -> socket.socket:
    address = urlsplit(api.url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=20)


def read_all(connection: socket.socket) -> bytes:
    """All bytes until the server closes the connection."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_incomplete_headers_close_the_connection(impatient_api: Api, sent: bytes) -> None:
    with connect(impatient_api) as connection:
        connection.sendall(sent)

        answer = read_all(connection)

    assert answer == b"" if not sent else answer.startswith(b"HTTP/1.1 408 ")


def test_headers_byte_by_byte_do_not_extend_the_limit(impatient_api: Api) -> None:
    with connect(impatient_api) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        while not select([connection], [], [], 0.1)[0]:
            connection.sendall(b"x")

        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_second_request_of_a_connection_has_the_same_limit(impatient_api: Api) -> None:
    with connect(impatient_api) as connection:
        connection.sendall(REQUEST)
        while not connection.recv(65536).endswith(b"}"):
            pass
        connection.sendall(b"GET / HTTP/1.1\r\nHost:")

        assert read_all(connection).startswith(b"HTTP/1.1 408 ")


def test_too_many_bytes_of_headers_are_refused(api: Api) -> None:
    with connect(api) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        sent = b""
        try:
            for _ in range(40):
                connection.sendall(b"X-Fill: " + b"x" * 8000 + b"\r\n")
            sent = read_all(connection)
        except OSError:
            return

    assert sent.startswith(b"HTTP/1.1 431 ")


def test_slow_body_gets_408(impatient_api: Api) -> None:
    with connect(impatient_api) as connection:
        connection.sendall(b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")

        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive within 0.5 s (BODY_TIMEOUT); 1 bytes of it did" in answer


def test_many_idle_connections_do_not_stop_others(impatient_api: Api) -> None:
    idle = [connect(impatient_api) for _ in range(50)]
    try:
        assert impatient_api.get("/").status_code == 200
        assert [read_all(connection) for connection in idle] == [b""] * 50
    finally:
        for connection in idle:
            connection.close()


def test_slow_body_of_a_second_request_has_its_own_limit(impatient_api: Api) -> None:
    with connect(impatient_api) as connection:
        connection.sendall(REQUEST)
        while not connection.recv(65536).endswith(b"}"):
            pass
        connection.sendall(b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")

        answer = connection.recv(65536)

    assert b"did not arrive within 0.5 s (BODY_TIMEOUT)" in answer


def test_rest_of_a_refused_body_has_the_limit_of_headers(impatient_api: Api) -> None:
    with connect(impatient_api) as connection:
        connection.sendall(b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        while not connection.recv(65536).endswith(b"}"):
            pass
        connection.sendall(b"x")

        assert read_all(connection) == b""
