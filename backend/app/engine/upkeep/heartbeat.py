"""The heartbeat: a thread in every worker that records that its main process lives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg2

from app.storage import workers
from app.storage.database import ConnectionPool, Cursor, driver
from app.storage.ids import new_id
from app.storage.workers import WorkerState

log = logging.getLogger(__name__)

#: Seconds after which the row of a worker that was killed is removed by living ones.
FORGET_AFTER = 3600.0
#: Seconds that a worker which stops may take to remove its row.
STOP_TIMEOUT = 2.0


@dataclass
class Heartbeat:
    """One worker's row in ``workers``: there while it lives, removed when it stops."""

    engine: ConnectionPool
    name: str
    queues: tuple[str, ...]
    #: The node types that it has handlers for.
    node_types: tuple[str, ...]
    #: Seconds between two heartbeats.
    interval: float
    #: How the worker is now.
    describe: Callable[[], WorkerState]
    id: str = field(default_factory=new_id)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Sign off. A worker that cannot is detected by its missing heartbeat."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT)

    def _run(self) -> None:
        self._record(self._live)
        while not self._stopping.wait(self.interval):
            self._record(self._live)
        self._record(self._leave)

    def _live(self, cursor: Cursor) -> None:
        workers.record_worker(
            cursor,
            self.id,
            name=self.name,
            queues=self.queues,
            node_types=self.node_types,
            state=self.describe(),
        )
        workers.forget_workers(cursor, unseen_for=FORGET_AFTER)

    def _leave(self, cursor: Cursor) -> None:
        workers.remove_worker(cursor, self.id)

    def _record(self, statement: Callable[[Cursor], None]) -> None:
        try:
            with driver(self.engine) as connection, connection.cursor() as cursor:
                statement(cursor)
        except psycopg2.Error as error:
            log.warning(
                "The heartbeat of worker %s was not recorded (%s); retrying in %.0f s.",
                self.name,
                type(error).__name__,
                self.interval,
                extra={"worker": self.id},
            )
