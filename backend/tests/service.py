"""An HTTP service that workflows call; it records the requests."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.scripts.stack.processes import wait_until


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """
    The service's state. The path of a request decides the response; all others get ``{}``.

    - ``/hold…`` responds after ``released`` is set.
    - ``/each`` responds to the first call after ``released`` is set, to later ones after ``later`` is set.
    - ``/meet`` responds when two calls have come.
    - ``/fail…?times=2`` responds with 503 twice.
    - ``/echo`` returns the headers, the query and the body of the request.
    - ``/to?url=`` redirects.
    - ``/cut`` breaks off its headers.
    - ``/llm/chat/completions`` is a language model that repeats its prompt; ``status 429`` makes it fail so.
    - ``/null``, ``/empty`` and ``/words`` return a plain text.
    - ``?code=`` sets the status of any other path.
    """

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    later: threading.Event = field(default_factory=threading.Event)
    #: How often two calls were answered together.
    meetings: int = 0
    _meeting: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def at(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def keys(self, path: str) -> Counter[str]:
        """The number of calls with each idempotency key."""
        return Counter(call.key for call in self.at(path))

    def meet(self) -> None:
        """Wait up to 10 s for a second call; both continue at the same moment."""
        try:
            if self._meeting.wait(10) == 0:
                self.meetings += 1
        except threading.BrokenBarrierError:
            self._meeting.reset()

    def wait_for(self, path: str, count: int = 1, seconds: float = 20) -> list[Call]:
        """The calls at this path, once there are ``count`` of them."""
        assert wait_until(lambda: len(self.at(path)) >= count, seconds=seconds), f"{path}: {len(self.at(path))} calls"
        return self.at(path)


@contextmanager
def service() -> Iterator[Service]:
    """A service on a port of its own."""
    kept = Service()
    server = _Server(("127.0.0.1", 0), _answerer(kept))
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield kept
    finally:
        kept.released.set()
        kept.later.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed closes its connection, which is not an error of the service."""


def _answerer(kept: Service) -> type[BaseHTTPRequestHandler]:
    class Answerer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
            call = Call(self.command, asked.path, query, dict(self.headers), body)
            kept.calls.append(call)
            self._answer(call)

        do_POST = do_PUT = do_GET

        def _answer(self, call: Call) -> None:
            if call.path.startswith("/hold"):
                kept.released.wait(60)
            if call.path == "/each":
                (kept.released if kept.at("/each")[0] is call else kept.later).wait(60)
            if call.path == "/meet":
                kept.meet()
            if call.path == "/cut":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n")
            elif call.path == "/to":
                self._send(302, {}, Location=call.query["url"])
            elif call.path == "/echo":
                self._send(200, {"headers": call.headers, "body": call.body, "query": call.query}, **_tagged(call))
            elif call.path in _TEXTS:
                self._send_text(200, _TEXTS[call.path])
            elif call.path == "/llm/chat/completions":
                self._send(*_completion(call))
            elif call.path.startswith("/fail") and len(kept.at(call.path)) <= int(call.query["times"]):
                self._send(503, {"error": "not yet"})
            else:
                self._send(int(call.query.get("code", 200)), {})

        def _send(self, status: int, body: Any, **headers: str) -> None:
            self._send_text(status, json.dumps(body), **headers)

        def _send_text(self, status: int, body: str, **headers: str) -> None:
            text = body.encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: Any) -> None:
            """The calls are kept in ``calls``, so nothing is logged."""

    return Answerer


#: The texts of these paths.
_TEXTS = {"/null": "null", "/empty": "", "/words": "as it is"}


def _completion(call: Call) -> tuple[int, Any]:
    """Status and body of a model that repeats its prompt; an error quotes the caller's key, as some services do."""
    prompt = call.json["messages"][-1]["content"]
    word, _, code = prompt.partition(" ")
    if word == "status":
        return int(code), {"error": {"message": f"No, {call.headers.get('Authorization')}: {code}."}}
    if word == "nonsense":
        return 200, {"choices": []}
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    said = f"You said: {prompt}, {call.headers.get('Authorization')}"
    return 200, {"model": f"{call.json['model']}-1", "choices": [{"message": {"content": said}}], "usage": usage}


def _tagged(call: Call) -> dict[str, str]:
    """The request's ``X-Tag`` as a header of the response."""
    return {"Tag": call.headers["X-Tag"]} if "X-Tag" in call.headers else {}
