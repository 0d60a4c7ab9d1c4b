"""Postgres' clock as this process knows it, so that processes whose clocks differ agree on what is older."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone

import psycopg2

#: Seconds after which the difference between the two clocks is measured again.
MEASURE_EVERY = 60.0
#: Seconds after a measurement that failed.
RETRY_AFTER = 5.0


@dataclass
class ServerClock:
    """
    The time by Postgres: this process's clock, corrected by a difference that is measured once a minute.

    It uses a connection of its own, so it neither waits for the pool nor shares one with a forked process.
    """

    #: The libpq URL of Postgres; None: it is this process's own clock.
    url: str | None = None
    #: Seconds that Postgres' clock is ahead of this process's.
    offset: float = 0.0
    _measure_at: float = 0.0

    def follow(self, url: str) -> None:
        """Correct this clock by that of the Postgres at this libpq URL from now on."""
        self.url = url

    def time(self) -> float:
        """Seconds since 1970. Never waits: until the first measurement it is this process's own clock."""
        self._measure_when_due()
        return time.time() + self.offset

    def nanoseconds(self) -> int:
        """``time``, in nanoseconds."""
        self._measure_when_due()
        return time.time_ns() + int(self.offset * 1e9)

    def now(self) -> datetime:
        """``time``, in UTC."""
        return datetime.fromtimestamp(self.time(), timezone.utc)

    def measure(self) -> None:
        """Measure the difference now; where that fails, it is tried again soon."""
        self._measure_at = time.monotonic() + MEASURE_EVERY
        try:
            self._measure()
        except psycopg2.Error:
            self._measure_at = time.monotonic() + RETRY_AFTER

    def _measure_when_due(self) -> None:
        if self.url is not None and time.monotonic() >= self._measure_at:
            self._measure_at = time.monotonic() + MEASURE_EVERY
            threading.Thread(target=self.measure, name="clock", daemon=True).start()

    def _measure(self) -> None:
        if self.url is None:
            return
        with closing(psycopg2.connect(self.url, connect_timeout=5)) as connection, connection.cursor() as cursor:
            before = time.time()
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            (now,) = cursor.fetchall()[0]
            self.offset = now - (before + time.time()) / 2


#: The clock of this process.
clock = ServerClock()
