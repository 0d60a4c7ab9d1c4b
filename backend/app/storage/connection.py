"""A psycopg2 connection and its cursors that know since when they wait for the server."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import psycopg2
import psycopg2.extensions


class Connection(psycopg2.extensions.connection):
    """A connection of the pool."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: The names of the statements that it has prepared.
        self.prepared: set[str] = set()
        #: True where a pooler may give each transaction another session of the server: nothing may be prepared.
        self.shares_session = False
        #: When it began to wait for the server, by the monotonic clock; None while it does not wait.
        self.busy_since: float | None = None
        #: The number of failovers that were known when it was opened, and what returns the number of those known now.
        self.generation = 0
        self.count_failovers: Callable[[], int] = lambda: 0

    @property
    def is_expired(self) -> bool:
        """True where its server may not be the right one any more."""
        return self.generation != self.count_failovers()

    def commit(self) -> None:
        self._wait(super().commit)

    def rollback(self) -> None:
        self._wait(super().rollback)

    def _wait(self, call: Callable[[], None]) -> None:
        self.busy_since = monotonic()
        try:
            call()
        finally:
            self.busy_since = None

    def cut(self) -> None:
        """End the connection from another thread; the thread that waits on it gets an OperationalError at once."""
        with suppress(OSError, psycopg2.Error), socket.socket(fileno=os.dup(self.fileno())) as duplicate:
            duplicate.shutdown(socket.SHUT_RDWR)


class Cursor(psycopg2.extensions.cursor):
    """A cursor that records on its connection since when it waits."""

    def execute(self, query: str | bytes | Any, vars: Any = None) -> None:
        connection: Any = self.connection
        connection.busy_since = monotonic()
        try:
            super().execute(query, vars)
        finally:
            connection.busy_since = None
