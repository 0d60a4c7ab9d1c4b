"""Postgres' clock as one process knows it, so that processes whose clocks differ agree on what is older."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass

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

    #: The libpq URL of Postgres.
    url: str
    #: Seconds that Postgres' clock is ahead of this process's.
    offset: float = 0.0
    _measure_at: float = 0.0

    def now(self) -> float:
        """Seconds since 1970. Never waits: until the first measurement it is this process's own clock."""
        if time.monotonic() >= self._measure_at:
            self._measure_at = time.monotonic() + MEASURE_EVERY
            threading.Thread(target=self._measure_or_retry, name="clock", daemon=True).start()
        return time.time() + self.offset

    def measure(self) -> None:
        """Measure the difference now. Raises what the driver raises."""
        with closing(psycopg2.connect(self.url, connect_timeout=5)) as connection, connection.cursor() as cursor:
            before = time.time()
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            (now,) = cursor.fetchall()[0]
            self.offset = now - (before + time.time()) / 2

    def _measure_or_retry(self) -> None:
        try:
            self.measure()
        except psycopg2.Error:
            self._measure_at = time.monotonic() + RETRY_AFTER
