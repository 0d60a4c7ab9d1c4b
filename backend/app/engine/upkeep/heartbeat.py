"""The heartbeat: a thread in every worker that says again and again that its main process lives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg2
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.storage import workers
from app.storage.database import Cursor, driver
from app.storage.ids import new_id

log = logging.getLogger(__name__)

#: Seconds after which the row of a worker that was killed is removed by those that live.
FORGET_AFTER = 3600.0
#: Seconds that a worker which stops may take to say so.
STOP_TIMEOUT = 2.0


@dataclass
class Heartbeat:
    """One worker's row among the workers: there while it lives, gone once it has stopped."""

    engine: Engine
    name: str
    queues: tuple[str, ...]
    #: Seconds between two signs of life.
    interval: float
    id: str = field(default_factory=new_id)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave; whoever cannot say so in time is found out by its silence."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT)

    def _run(self) -> None:
        self._tell(self._live)
        while not self._stopping.wait(self.interval):
            self._tell(self._live)
        self._tell(self._leave)

    def _live(self, cursor: Cursor) -> None:
        workers.record_worker(cursor, self.id, name=self.name, queues=self.queues)
        workers.forget_workers(cursor, unseen_for=FORGET_AFTER)

    def _leave(self, cursor: Cursor) -> None:
        workers.remove_worker(cursor, self.id)

    def _tell(self, what: Callable[[Cursor], None]) -> None:
        try:
            with driver(self.engine) as connection, connection.cursor() as cursor:
                what(cursor)
        except (psycopg2.Error, SQLAlchemyError) as error:
            log.warning("The heartbeat could not be recorded: %s", type(error).__name__)
