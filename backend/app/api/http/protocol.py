"""
uvicorn's HTTP protocol with limits on the headers of a request, which sends each response in one piece.

Start: ``uvicorn app.main:app --http app.api.http.protocol:BoundedProtocol``.

uvicorn waits for headers without end. A few hundred connections that send half a header, or nothing, would use up the
file descriptors of the process, and it would serve no one else.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.http.joined_writes import JoinedWrites

#: Bytes of the first line and the headers of one request.
MAX_HEADER_BYTES = 65_536
TOO_LARGE = b"431 Request Header Fields Too Large", b"The headers have more than 65536 bytes."
TOO_SLOW = b"408 Request Timeout", b"The headers did not arrive in time."


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request has too many bytes of headers, or takes too long to send them."""

    #: Seconds from the first byte of a request, or from the connection, until its headers are complete.
    header_timeout = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._in_message = False
        #: Bytes of headers received so far; None if no headers are expected.
        self._header_bytes: int | None = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, JoinedWrites(transport, self.loop)))
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        answered = self.cycle is not None and self.cycle.response_complete
        if not self._in_message and self._header_bytes is None:
            self._header_bytes = 0
        super().data_received(data)
        if answered and self.cycle.response_complete and (self._in_message or self._header_bytes is not None):
            # Either the headers of the next request are incomplete, or the rest of a body comes that was refused
            # before its end. Most requests come in one piece, and need no timer.
            self._start_timer()
        if self._header_bytes is not None:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                self._refuse(*TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_message = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._header_bytes = None
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_message = False
        self._stop_timer()
        super().on_message_complete()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_timeout, self._time_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        if self._header_bytes:
            self._refuse(*TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, status: bytes, detail: bytes) -> None:
        self._stop_timer()
        if self.transport.is_closing():
            return
        body = b'{"detail":"' + detail + b'"}'
        head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(head % (status, len(body)) + body)
        self.transport.close()
