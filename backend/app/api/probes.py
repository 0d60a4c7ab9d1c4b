"""Questions about the health of Postgres, of the pool and of the broker, each on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import psycopg2

from app.storage.database import ConnectionPool, driver
from app.storage.workers import count_active

Answer = TypeVar("Answer")

#: Seconds that a server may take to answer before it counts as unavailable.
PROBE_TIMEOUT = 2.5


@dataclass(frozen=True)
class WorkerCensus:
    """Postgres' answer on a connection of its own."""

    postgres: bool = False
    #: The number of live workers; None if it is not known.
    workers: int | None = None


class Probe(Generic[Answer]):
    """
    One question to one server, asked once at a time.

    A server that is silent holds one thread, however often its health is asked for, and no thread of another probe.
    """

    def __init__(self, name: str, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"health-{name}")
        self._lock = threading.Lock()
        self._pending: Future[Answer] | None = None

    async def ask(self) -> Answer | None:
        """The answer; None if there is none within PROBE_TIMEOUT."""
        with self._lock:
            if self._pending is None or self._pending.done():
                self._pending = self._executor.submit(self._ask)
            pending = asyncio.wrap_future(self._pending)
        try:
            return await asyncio.wait_for(asyncio.shield(pending), PROBE_TIMEOUT)
        except asyncio.TimeoutError:
            return None

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class Probes:
    """The probes of one process."""

    postgres: Probe[WorkerCensus]
    pool: Probe[bool]
    broker: Probe[bool]

    async def ask(self) -> tuple[WorkerCensus, bool, bool]:
        """Postgres with its workers, the pool, and the broker; all are asked at the same time."""
        census, pool, broker = await asyncio.gather(self.postgres.ask(), self.pool.ask(), self.broker.ask())
        return census or WorkerCensus(), bool(pool), bool(broker)

    def close(self) -> None:
        for probe in (self.postgres, self.pool, self.broker):
            probe.close()


def make_probes(engine: ConnectionPool, url: str, broker_alive: Callable[[], bool], *, worker_timeout: float) -> Probes:
    """Probes of this pool, of the Postgres at this URL, and of the broker."""
    return Probes(
        postgres=Probe("postgres", partial(take_census, url, within=worker_timeout)),
        pool=Probe("pool", partial(pool_answers, engine)),
        broker=Probe("broker", broker_alive),
    )


def pool_answers(engine: ConnectionPool) -> bool:
    """True if a connection of the pool is free, and Postgres answers on it: requests are served by these."""
    try:
        with driver(engine) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        return False
    return True


def take_census(url: str, *, within: float) -> WorkerCensus:
    """
    Count the workers whose heartbeat came in the last ``within`` seconds, on a connection of its own.

    Not of the pool: each of its connections may be in use, and those of before a failover may be silent.
    """
    try:
        connection = psycopg2.connect(url, connect_timeout=2)
    except psycopg2.OperationalError:
        return WorkerCensus()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1500")
            return WorkerCensus(postgres=True, workers=count_active(cursor, within=within))
    except psycopg2.Error:
        return WorkerCensus(postgres=not connection.closed)
    finally:
        connection.close()
