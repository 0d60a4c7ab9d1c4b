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
    """One request, as it came."""

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
    ``/hold…`` answers once it is released, ``/each`` the first call so, all others once it is later; ``/meet`` once
    two have come; ``/fail…?times=`` with 503 so many times; ``/echo`` with what it was sent; ``/to?url=`` with a
    redirect; ``/cut`` with half a line; ``/llm/chat/completions`` as a language model that repeats the prompt, or says
    why not, as in ``status 429``; ``/null``, ``/empty`` and ``/words`` with a text as it is; all else with ``{}``, and
    with the status ``?code=``.
    """

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    later: threading.Event = field(default_factory=threading.Event)
    #: How often two calls have met.
    meetings: int = 0
    _meeting: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def at(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def keys(self, path: str) -> Counter[str]:
        """How often each key came."""
        return Counter(call.key for call in self.at(path))

    def meet(self) -> None:
        """Wait for a second call, not for long; both go on at the same moment."""
        try:
            if self._meeting.wait(10) == 0:
                self.meetings += 1
        except threading.BrokenBarrierError:
            self._meeting.reset()

    def wait_for(self, path: str, count: int = 1, seconds: float = 20) -> list[Call]:
        """The calls at this path, once there are so many."""
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
        """A worker that was killed hangs up: nothing to say about that."""


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
            """The calls are kept; nobody reads them on a terminal."""

    return Answerer


#: What these paths answer, word for word.
_TEXTS = {"/null": "null", "/empty": "", "/words": "as it is"}


def _completion(call: Call) -> tuple[int, Any]:
    """What a language model says, which repeats its prompt; a refusal cites the caller's key, as some do."""
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
    """What a caller sent as ``X-Tag``, in a header of the answer."""
    return {"Tag": call.headers["X-Tag"]} if "X-Tag" in call.headers else {}
