"""The pool of a process that sends all its statements by the driver, as a worker does."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from weakref import ref

from app.settings import Settings
from app.storage.connecting import connection_parameters, open_connection
from app.storage.connection import Connection
from app.storage.database import POOL_TIMEOUT, PoolTimeout, is_lost
from app.storage.watch import DEFAULT_LIMITS, ConnectionWatch, WatchLimits


class DriverPool:
    """
    At most ``size`` connections, opened when they are needed, that the threads of one process share.

    The one that came back last is lent first. One that leads to no server, or not to the right one, is replaced before
    it is lent. A forked process makes a pool of its own.

    A thread may be stopped at any bytecode, as where a handler takes too long. So what is lent is known by references
    that end with it: the place of a connection that was never given back is free once nothing refers to it.
    """

    def __init__(
        self, parameters: Mapping[str, Any], watch: ConnectionWatch, *, size: int, timeout: float = POOL_TIMEOUT
    ) -> None:
        """``timeout``: seconds for which a caller waits while all connections are lent."""
        self.size = size
        self._parameters = parameters
        self._watch = watch
        self._timeout = timeout
        self._free: list[Connection] = []
        #: Connections that are lent, or being opened.
        self._lent: set[ref[PooledConnection]] = set()
        # Entered by itself: on its way into and out of a Condition a thread may be stopped, and hold the lock for ever.
        self._lock = threading.RLock()
        self._has_room = threading.Condition(self._lock)

    @property
    def lent(self) -> int:
        """The number of connections that are lent, or being opened."""
        with self._lock:
            return sum(each() is not None for each in self._lent)

    def raw_connection(self) -> PooledConnection:
        """Lend a connection. Raises PoolTimeout, and OperationalError where none can be opened."""
        borrowed = PooledConnection(self)
        try:
            raw = self._reserve(borrowed)
            if raw is not None and is_lost(raw):
                raw.close()
                raw = None
            borrowed.driver_connection = raw or self._open()
        except BaseException:
            borrowed.close()
            raise
        return borrowed

    def _reserve(self, borrowed: PooledConnection) -> Connection | None:
        """A free connection, or None where one is to be opened."""
        with self._lock:
            if not self._has_room.wait_for(self._is_free, self._timeout):
                raise PoolTimeout(f"All {self.size} connections of the pool were in use for {self._timeout:g} s.")
            self._lent.add(ref(borrowed))
            return self._free.pop() if self._free else None

    def _is_free(self) -> bool:
        if len(self._lent) >= self.size:
            self._lent = {each for each in self._lent if each() is not None}
        return len(self._lent) < self.size

    def _open(self) -> Connection:
        opened = open_connection(self._parameters)
        self._watch.add(opened)
        return opened

    def take_back(self, borrowed: PooledConnection, raw: Connection | None) -> None:
        """Take back what was lent; None: it was thrown away. One of before a failover or ``dispose`` is closed."""
        is_kept = raw is not None and not raw.closed and not raw.is_expired
        with self._lock:
            self._has_room.notify_all()
            self._lent.discard(ref(borrowed))
            if raw is not None and is_kept:
                self._free.append(raw)
        if raw is not None and not is_kept:
            raw.close()

    def dispose(self) -> None:
        """Close the connections that are free now, and those that are lent when they come back."""
        self._watch.expire()
        with self._lock:
            free, self._free = self._free, []
        for raw in free:
            raw.close()


class PooledConnection:
    """A connection that the pool has lent, or opens."""

    __slots__ = ("__weakref__", "_pool", "driver_connection")

    def __init__(self, pool: DriverPool) -> None:
        self._pool: DriverPool | None = pool
        self.driver_connection: Connection | None = None

    @property
    def is_valid(self) -> bool:
        return self.driver_connection is not None

    def invalidate(self, error: BaseException | None = None) -> None:
        """Throw the connection away."""
        raw, self.driver_connection = self.driver_connection, None
        if raw is not None:
            raw.close()

    def close(self) -> None:
        """Give the connection back."""
        pool, self._pool = self._pool, None
        raw, self.driver_connection = self.driver_connection, None
        if pool is not None:
            pool.take_back(self, raw)


def make_pool(
    settings: Settings,
    *,
    size: int | None = None,
    timeout: float = POOL_TIMEOUT,
    limits: WatchLimits = DEFAULT_LIMITS,
) -> DriverPool:
    """The pool, of ``DATABASE_POOL_SIZE`` connections where nothing else is given; it connects when first asked."""
    parameters = connection_parameters(settings)
    watch = ConnectionWatch(parameters, limits, shares_session=settings.shares_session)
    return DriverPool(parameters, watch, size=size or settings.database_pool_size, timeout=timeout)
