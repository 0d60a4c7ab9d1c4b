"""An HTTP server whose responses are given as bytes, valid or not."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request, as it came."""

    method: str
    #: With its query.
    target: str
    #: Names as they were sent; a header that came twice has its last value.
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


#: The bytes of an answer; a function is given the request, and may yield several pieces of it.
Reply = bytes | Callable[[Received], bytes | Iterator[bytes]]


@dataclass
class OddServer:
    """Paths without an answer of their own are answered with what was received, as JSON."""

    host: str = "127.0.0.1"
    port: int = 0
    replies: dict[str, Reply] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    #: Set when the server ends; replies that wait, wait for it.
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def reply(self, path: str, reply: Reply) -> str:
        """Let a path answer so. Returns its URL."""
        self.replies[path] = reply
        return self.url + path

    def at(self, path: str) -> list[Received]:
        """The requests of a path, whatever their queries."""
        return [each for each in self.received if each.target.partition("?")[0] == path]


def response(body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """The bytes of an answer; ``length`` is the ``Content-Length`` that it claims, by default the right one."""
    claimed = len(body) if length is None else length
    head = [f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {claimed}", *headers, "", ""]
    return "\r\n".join(head).encode("utf-8") + body


def redirect(status: int, location: str, *headers: str) -> bytes:
    return response(b"", f"Location: {location}", *headers, status=f"{status} Moved")


@contextmanager
def odd_server() -> Iterator[OddServer]:
    """A server on a port of its own."""
    kept = OddServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            request = _read_request(self.rfile)
            if request is None:
                return
            kept.received.append(request)
            reply = kept.replies.get(request.target.partition("?")[0], _echo)
            made = reply(request) if callable(reply) else reply
            try:
                for piece in [made] if isinstance(made, bytes) else made:
                    self.wfile.write(piece)
            except OSError:
                pass  # the client has hung up, as some tests want it to

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server((kept.host, 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield kept
        finally:
            kept.ended.set()
            server.shutdown()
            thread.join()


def _read_request(lines: Any) -> Received | None:
    first = lines.readline().decode("latin-1").split(" ")
    if len(first) < 3:
        return None
    headers = {}
    while line := lines.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        headers[name] = value.strip(" ").encode("latin-1").decode("utf-8", "replace")
    length = next((int(value) for name, value in headers.items() if name.lower() == "content-length"), 0)
    return Received(first[0], first[1], headers, lines.read(length))


def _echo(request: Received) -> bytes:
    seen = {
        "method": request.method,
        "target": request.target,
        "headers": dict(request.headers),
        "body": request.body.decode("utf-8", "replace"),
    }
    body = b"" if request.method == "HEAD" else json.dumps(seen, ensure_ascii=False).encode()
    return response(body, "Content-Type: application/json")
