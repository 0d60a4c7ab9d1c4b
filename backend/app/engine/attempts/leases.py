"""Leases: as long as a handler runs, its worker says so; a step of which nothing is heard goes to another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import psycopg2
from psycopg2.extras import execute_values
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.storage.database import driver

log = logging.getLogger(__name__)

#: execution_id, node_id, visit, attempt, claim
HeldClaim = tuple[str, str, int, int, int]

_RENEW = """
UPDATE steps s SET next_check_at = clock_timestamp() + {lease} * interval '1 second'
FROM (VALUES %s) AS held (execution_id, node_id, visit, attempt, claim)
WHERE s.execution_id = held.execution_id::uuid AND s.node_id = held.node_id AND s.visit = held.visit
  AND s.attempt = held.attempt AND s.claim = held.claim AND s.status = 'RUNNING'"""


class Leases:
    """The claims that handlers of this process hold; those held for long are renewed by a thread."""

    def __init__(self, engine: Engine, *, interval: float, lease: float) -> None:
        self._engine = engine
        self._interval = interval
        self._statement = _RENEW.format(lease=float(lease))
        self._held: dict[HeldClaim, float] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def held(self, claim: HeldClaim) -> Iterator[None]:
        """Renew this claim for as long as the block runs."""
        with self._lock:
            self._held[claim] = monotonic()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(claim, None)

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._interval):
            try:
                self.renew()
            except (psycopg2.Error, SQLAlchemyError) as error:
                log.warning("Leases could not be renewed: %s", type(error).__name__)

    def renew(self) -> None:
        """Renew what has been held for a while; a short handler never costs a renewal."""
        since = monotonic() - self._interval / 2
        with self._lock:
            claims = sorted(claim for claim, began in self._held.items() if began <= since)
        if claims:
            with driver(self._engine) as connection, connection.cursor() as cursor:
                execute_values(cursor, self._statement, claims, page_size=len(claims))
