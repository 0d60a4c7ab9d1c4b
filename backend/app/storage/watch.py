"""
The watch over connections: a statement does not wait for a server that has fallen silent.

A server that ends closes its connections. One whose host is lost, that is frozen, or that a network cuts off does not,
and TCP gives up after a quarter of an hour. So a thread looks at statements that take longer than ``silence``, asks the
server about them on a connection of its own, and cuts those that the server does not work on.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from select import POLLIN, POLLOUT, poll
from time import monotonic
from typing import Any
from weakref import WeakSet

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, connection

from app.storage.connection import Connection

log = logging.getLogger(__name__)

#: The question: which of these sessions the server works on. One that waits for its client to read does not reach us.
_QUESTION = """
SELECT ARRAY(SELECT pid FROM pg_stat_activity
             WHERE pid = ANY(%s) AND state = 'active' AND wait_event IS DISTINCT FROM 'ClientWrite')"""


@dataclass(frozen=True)
class WatchLimits:
    """How soon silence is noticed. All durations are in seconds."""

    #: A statement that takes longer is looked up on the server.
    silence: float = 4.0
    #: The server has to answer within this.
    probe: float = 4.0
    #: Between two looks.
    interval: float = 1.0


#: Silence is noticed within ten seconds.
DEFAULT_LIMITS = WatchLimits()


class Silent(psycopg2.OperationalError):
    """The server did not answer in time."""


class ConnectionWatch:
    """The connections of one pool, and the thread that looks after them in this process."""

    def __init__(self, parameters: Mapping[str, Any], limits: WatchLimits, *, shares_session: bool = False) -> None:
        self._parameters = parameters
        self._limits = limits
        #: True behind a pooler, whose process ids say nothing about the server's.
        self._shares_session = shares_session
        self._lock = threading.Lock()
        self._connections: WeakSet[Connection] = WeakSet()
        #: The process in which the thread runs; 0: none.
        self._process = 0
        #: Statements that the server did not work on at the last look, by connection: when they had begun.
        self._doubted: dict[int, float] = {}
        #: Grows whenever all connections of before are to be replaced.
        self.generation = 0

    def add(self, opened: Connection) -> None:
        """Look after a connection that was opened just now."""
        opened.generation = self.generation
        opened.shares_session = self._shares_session
        opened.count_failovers = self.count_failovers
        with self._lock:
            self._connections.add(opened)
            if self._process != os.getpid():
                # A fork takes the watch along, but not its thread.
                self._process = os.getpid()
                threading.Thread(target=self._run, name="connection-watch", daemon=True).start()

    def expire(self) -> None:
        """Have the pool replace every connection that is open now, as their server is not the right one any more."""
        self.generation += 1

    def count_failovers(self) -> int:
        return self.generation

    def look(self) -> None:
        """Cut the connections whose statement the server does not work on."""
        suspects = self._overdue()
        if not suspects:
            self._doubted = {}
            return
        try:
            active = self._ask(suspects)
        except psycopg2.OperationalError as error:
            if not is_answer(error):
                log.warning("Postgres is silent (%s); %d statements are given up.", error, len(suspects))
                self._cut(suspects)
            return
        idle = {opened: since for opened, since in suspects.items() if opened.info.backend_pid not in active}
        # Twice in a row: at the first look the answer may have been under way.
        lost = {opened: since for opened, since in idle.items() if self._doubted.get(id(opened)) == since}
        self._doubted = {id(opened): since for opened, since in idle.items()}
        if lost:
            log.warning("Postgres does not work on %d statements that wait for it; they are given up.", len(lost))
            self._cut(lost)

    def _run(self) -> None:
        pause = threading.Event()
        while self._has_connections():
            pause.wait(self._limits.interval)
            try:
                self.look()
            except Exception:
                log.exception("The watch over connections failed; it looks again in %g s.", self._limits.interval)

    def _has_connections(self) -> bool:
        """False where the thread is to end, as nothing is left to look after; the next connection starts another."""
        with self._lock:
            if not self._connections:
                self._process = 0
            return bool(self._connections)

    def _overdue(self) -> dict[Connection, float]:
        """The connections that have waited for too long, and since when."""
        before = monotonic() - self._limits.silence
        with self._lock:
            waiting = {opened: opened.busy_since for opened in self._connections}
        return {opened: since for opened, since in waiting.items() if since is not None and since < before}

    def _ask(self, suspects: Iterable[Connection]) -> frozenset[int]:
        """The process ids of those that the server works on. Raises OperationalError."""
        pids = [opened.info.backend_pid for opened in suspects]
        if self._shares_session:
            ask(self._parameters, "SELECT 1", (), seconds=self._limits.probe)
            return frozenset(pids)
        return frozenset(ask(self._parameters, _QUESTION, (pids,), seconds=self._limits.probe)[0])

    def _cut(self, lost: Mapping[Connection, float]) -> None:
        """Close these connections, and have the pool replace its idle ones, which cannot be asked."""
        # First this, as the thread that gets the error may ask for another connection at once.
        self.expire()
        for opened, since in lost.items():
            if opened.busy_since == since:
                opened.cut()


def is_answer(error: psycopg2.OperationalError) -> bool:
    """True where a server refused the connection in words: it is not silent, as when it has too many connections."""
    return "FATAL:" in str(error)


def ask(parameters: Mapping[str, Any], statement: str, values: tuple[Any, ...], *, seconds: float) -> tuple[Any, ...]:
    """The one row of a statement, on a connection of its own. Raises OperationalError, also after ``seconds``."""
    until = monotonic() + seconds
    asked = psycopg2.connect(**parameters, async_=True)
    try:
        finish(asked, until)
        with asked.cursor() as cursor:
            cursor.execute(statement, values)
            finish(asked, until)
            row: tuple[Any, ...] = cursor.fetchone() or ()
            return row
    finally:
        asked.close()


def finish(asked: connection, until: float) -> None:
    """Wait until an asynchronous connection has done what it was asked for. Raises Silent."""
    while (state := asked.poll()) != POLL_OK:
        left = until - monotonic()
        if left <= 0:
            raise Silent("no answer within the time limit")
        ready = poll()
        ready.register(asked.fileno(), POLLIN if state == POLL_READ else POLLOUT)
        ready.poll(left * 1000)
