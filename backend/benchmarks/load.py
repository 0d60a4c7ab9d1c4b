"""A load of POSTs over keep-alive connections, cheap enough not to be what is measured."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Load:
    """How a load went."""

    accepted: int
    refused: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.accepted / self.seconds


def post(url: str, bodies: list[bytes], *, clients: int = 16) -> Load:
    """POST each body once, by as many clients at the same time."""
    return post_each([(url, body) for body in bodies], clients=clients)


def post_each(requests: list[tuple[str, bytes]], *, clients: int = 16, headers: Mapping[str, str] = NO_HEADERS) -> Load:
    """POST each body to its URL, all on one server."""
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return post_signed([(url, body, more) for url, body in requests], clients=clients)


def post_signed(requests: list[tuple[str, bytes, str]], *, clients: int = 16) -> Load:
    """POST each body to its URL with further headers, each of which ends with a line break, all on one server."""
    parts = urlsplit(requests[0][0])
    # Written before the clock starts: a load that works between its requests would be what is measured.
    left = iter([write_request(url, body, headers) for url, body, headers in requests])
    taking = threading.Lock()
    counts = [[0, 0] for _ in range(clients)]

    def work(count: list[int]) -> None:
        with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                with taking:
                    request = next(left, None)
                if request is None:
                    return
                connection.sendall(request)
                count[0 if 200 <= _status(connection) < 300 else 1] += 1

    threads = [threading.Thread(target=work, args=(count,)) for count in counts]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(sum(c[0] for c in counts), sum(c[1] for c in counts), time.perf_counter() - started)


def write_request(url: str, body: bytes, headers: str) -> bytes:
    """A POST as it is sent."""
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        f"{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _status(connection: socket.socket) -> int:
    """Read one answer to its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += _more(connection)
    return int(head.split(b" ", 2)[1])


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("The server closed the connection.")
    return data
