"""A connection of the pool that is kept between transactions, for whoever needs one again at once."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, ExitStack
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

    def cursor(self) -> AbstractContextManager[Cursor]:
        """A cursor in autocommit; a transaction that is left open is rolled back. Raises errors of the pool."""
        return _Use(self)

    def take(self) -> Any:
        """The connection, from the pool where none is kept."""
        if self._raw is not None and is_lost(self._raw):
            self.give_back()
        if self._lent is None:
            lent = ExitStack()
            self._raw = lent.enter_context(driver(self._pool))
            self._lent = lent
        return self._raw

    def keep(self) -> None:
        """Keep the connection after a use, or give it back where the pool is small."""
        if not self._is_kept:
            self.give_back()

    def fail(self) -> None:
        """Give the connection back as after the exception that is being handled."""
        lent, self._lent, self._raw = self._lent, None, None
        if lent is not None:
            lent.__exit__(*sys.exc_info())

    def give_back(self) -> None:
        """Give the connection back to the pool; the next cursor takes another one."""
        lent, self._lent, self._raw = self._lent, None, None
        if lent is not None:
            lent.close()


class _Use:
    """One use of a kept connection; a class, because a generator takes three times as long."""

    __slots__ = ("_cursor", "_kept", "_raw")

    def __init__(self, kept: KeptConnection) -> None:
        self._kept = kept

    def __enter__(self) -> Cursor:
        self._raw = self._kept.take()
        try:
            cursor: Cursor = self._raw.cursor()
        except BaseException:
            self._kept.fail()
            raise
        self._cursor = cursor
        return cursor

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._kept.fail()
            return
        try:
            if self._raw.get_transaction_status() != TRANSACTION_STATUS_IDLE:
                self._cursor.execute("ROLLBACK")
            self._cursor.close()
        except BaseException:
            self._kept.fail()
            raise
        self._kept.keep()
