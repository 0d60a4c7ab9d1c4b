"""A connection of the pool that is kept between transactions, for whoever needs one again at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from app.storage.database import SPARE, ConnectionPool, Cursor, driver, is_lost
from app.storage.pool import DriverPool


class KeptConnection:
    """
    A connection as ``driver`` lends it, for one thread at a time.

    To take one from the pool and to give it back for each step of a chain costs as much as planning these steps. It is
    looked at before each use as the pool does, and given back after an error. A small pool gets it back after each use.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._is_kept = not (isinstance(pool, DriverPool) and pool.size < SPARE)
        #: What gives the connection back.
        self._lent: ExitStack | None = None
        self._raw: Any = None

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor in autocommit; a transaction that is left open is rolled back. Raises errors of the pool."""
        raw = self._take()
        try:
            with raw.cursor() as cursor:
                yield cursor
                if raw.info.transaction_status != TRANSACTION_STATUS_IDLE:
                    cursor.execute("ROLLBACK")
        except BaseException:
            lent, self._lent, self._raw = self._lent, None, None
            if lent is not None:
                lent.__exit__(*sys.exc_info())
            raise
        if not self._is_kept:
            self.give_back()

    def give_back(self) -> None:
        """Give the connection back to the pool; the next cursor takes another one."""
        lent, self._lent, self._raw = self._lent, None, None
        if lent is not None:
            lent.close()

    def _take(self) -> Any:
        if self._raw is not None and is_lost(self._raw):
            self.give_back()
        if self._lent is None:
            lent = ExitStack()
            self._raw = lent.enter_context(driver(self._pool))
            self._lent = lent
        return self._raw
