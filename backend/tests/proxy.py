"""A TCP proxy between clients and a server, which drops, delays, freezes or resets what passes through it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from urllib.parse import urlsplit, urlunsplit

#: Bytes that are passed on at once.
_CHUNK = 65536


class Direction(Enum):
    TO_SERVER = "to server"
    TO_CLIENT = "to client"
    BOTH = "both"

    def covers(self, other: Direction) -> bool:
        return self in (other, Direction.BOTH)


class _Link:
    """One connection of a client, and the one to the server that belongs to it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        #: The direction in which everything that arrives is dropped, for ever.
        self.silent: Direction | None = None
        #: The threads that pass on what arrives, one for each direction.
        self.pumps: list[threading.Thread] = []


class Proxy:
    """
    Forwards connections to ``address``; every fault can be set while they are open.

    ``port`` is where clients connect. Faults count for both directions if nothing else is given.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        #: Where new connections lead to; a failover changes it.
        self.address = address
        #: Connections that were accepted so far.
        self.count = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._links: list[_Link] = []
        self._delay = {Direction.TO_SERVER: 0.0, Direction.TO_CLIENT: 0.0}
        self._frozen = {Direction.TO_SERVER: False, Direction.TO_CLIENT: False}
        self._refuses = False
        self._is_closed = False
        self._changed = threading.Condition()
        self._acceptor = threading.Thread(target=self._accept, name=f"proxy-{self.port}", daemon=True)
        self._acceptor.start()

    def url_for(self, url: str) -> str:
        """This URL with the proxy's address in place of the server's."""
        parts = urlsplit(url)
        login, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:{self.port}"))

    def drop(self, direction: Direction = Direction.BOTH) -> None:
        """Make the connections that are open now silent for ever, as when a host is lost; new ones work."""
        with self._changed:
            for link in self._links:
                link.silent = direction

    def freeze(self, direction: Direction = Direction.BOTH) -> None:
        """Hold back what arrives, on old and new connections, until ``thaw``."""
        self._set(self._frozen, direction, True)

    def thaw(self) -> None:
        """Pass on what was held back."""
        self._set(self._frozen, Direction.BOTH, False)

    def delay(self, seconds: float, direction: Direction = Direction.BOTH) -> None:
        """Pass on what arrives only after so many seconds."""
        self._set(self._delay, direction, seconds)

    def reset(self) -> None:
        """End all connections with RST."""
        with self._changed:
            links, self._links = self._links, []
        for link in links:
            link.silent = Direction.BOTH
            # A thread that still reads keeps the socket open: the reset is sent once both have stopped.
            for end in (link.client, link.server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RD)
            for pump in link.pumps:
                pump.join(1)
            for end in (link.client, link.server):
                _close_with_reset(end)

    def refuse(self, refuses: bool = True) -> None:
        """Reset new connections at once."""
        self._refuses = refuses

    def close(self) -> None:
        """End all connections; one that is being opened is closed by its own thread."""
        with self._changed:
            self._is_closed = True
        # A thread that waits for connections keeps a closed listener open: it has to return first.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        self.thaw()
        self.reset()

    def _set(self, values: dict[Direction, float] | dict[Direction, bool], direction: Direction, value: float) -> None:
        with self._changed:
            for one in values:
                if direction.covers(one):
                    values[one] = value  # type: ignore[assignment]
            self._changed.notify_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            if self._refuses:
                raise ConnectionRefusedError
            server = socket.create_connection(self.address)
        except OSError:
            _close_with_reset(client)
            return
        link = _Link(client, server)
        back = threading.Thread(target=self._pump, args=(link, server, client, Direction.TO_CLIENT), daemon=True)
        link.pumps = [back, threading.current_thread()]
        with self._changed:
            if self._is_closed:
                _close_with_reset(client)
                server.close()
                return
            self._links.append(link)
            back.start()
        self._pump(link, client, server, Direction.TO_SERVER)

    def _pump(self, link: _Link, source: socket.socket, target: socket.socket, direction: Direction) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if self._delay[direction]:
                    time.sleep(self._delay[direction])
                with self._changed:
                    self._changed.wait_for(lambda: not self._frozen[direction])
                if link.silent is None or not link.silent.covers(direction):
                    target.sendall(data)
            if link.silent is None:
                target.shutdown(socket.SHUT_WR)


def _close_with_reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


@contextmanager
def proxy_to(url: str, default_port: int = 5432) -> Iterator[Proxy]:
    """A proxy to the server of this URL."""
    parts = urlsplit(url)
    proxy = Proxy((parts.hostname or "127.0.0.1", parts.port or default_port))
    try:
        yield proxy
    finally:
        proxy.close()
