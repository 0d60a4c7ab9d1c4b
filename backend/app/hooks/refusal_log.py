"""Refused deliveries, collected in memory and written to Postgres by a thread, a few times a second at most."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass, field

import psycopg2

from app.storage.database import ConnectionPool, driver
from app.storage.hooks.refusals import MOST_REFUSALS, Refusal, Refusals, keep_refusals

log = logging.getLogger(__name__)

#: Seconds between two writes at least.
PAUSE = 0.5
#: Seconds after a write that failed.
RETRY_AFTER = 5.0


@dataclass
class _Waiting:
    """The refusals of one hook that are not written yet: their number, and the last of them."""

    count: int = 0
    newest: deque[Refusal] = field(default_factory=lambda: deque(maxlen=MOST_REFUSALS))


class RefusalLog:
    """
    Collects refused deliveries: neither their senders nor genuine deliveries wait for Postgres.

    A flood costs one statement each ``PAUSE`` and, in memory, ``MOST_REFUSALS`` entries for each hook.
    """

    def __init__(self, engine: ConnectionPool) -> None:
        self._engine = engine
        self._waiting: dict[str, _Waiting] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None

    def add(self, hook_id: str, refusal: Refusal) -> None:
        """Keep a refused delivery of a hook soon. Never blocks on Postgres, never raises."""
        with self._lock:
            waiting = self._waiting.setdefault(hook_id, _Waiting())
            waiting.count += 1
            waiting.newest.append(refusal)
            self._start_timer(PAUSE)

    def flush(self) -> None:
        """Write what has been collected; if that fails, it is tried again later. Never raises."""
        with self._writing:
            with self._lock:
                batch, self._waiting = self._waiting, {}
            if not batch:
                return
            try:
                with driver(self._engine) as connection, connection.cursor() as cursor:
                    keep_refusals(cursor, {id: Refusals(each.count, list(each.newest)) for id, each in batch.items()})
            except psycopg2.Error as error:
                log.warning("Refused deliveries of %d hooks are not written yet: %s", len(batch), error)
                self._put_back(batch)

    def _run(self) -> None:
        with self._lock:
            self._timer = None
        self.flush()

    def _put_back(self, batch: dict[str, _Waiting]) -> None:
        with self._lock:
            for hook_id, earlier in batch.items():
                later = self._waiting.get(hook_id, _Waiting())
                earlier.count += later.count
                earlier.newest.extend(later.newest)
                self._waiting[hook_id] = earlier
            self._start_timer(RETRY_AFTER)

    def _start_timer(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = threading.Timer(seconds, self._run)
            self._timer.daemon = True
            self._timer.start()
