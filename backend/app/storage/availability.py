"""Errors that pass without a change on our side: Postgres restarts, fails over, or has no connection left."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

import psycopg2
import psycopg2.errors

#: The exception classes of the driver, and of a pool, among which ``is_passing`` finds those that pass.
DISCONNECTED = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    psycopg2.errors.ReadOnlySqlTransaction,
    psycopg2.errors.IdleInTransactionSessionTimeout,
)
#: Classes of SQLSTATE that pass: connection, rolled back by another transaction, resources, operator, system.
_PASSING_CLASSES = frozenset({"08", "40", "53", "57", "58"})
#: Single ones: a write on a standby; idle or too long in a transaction; a lock not granted in time.
_PASSING_STATES = frozenset({"25006", "25P03", "25P04", "55P03"})
#: Those of them that concern whatever is sent to the server: it ends, starts, is a standby, or has no connection left.
_SERVER_STATES = frozenset({"57P01", "57P02", "57P03", "57P05", "53300", "25006"})
_T = TypeVar("_T")


def is_passing(error: BaseException) -> bool:
    """True for an error of Postgres, of the connection or of the pool after which the same statement may succeed."""
    error = unwrap(error)
    if not isinstance(error, psycopg2.Error):
        return False
    state = error.pgcode
    if state is None:
        # Without a state the error is the driver's own, or the pool's: the connection is lost, or there is none.
        return isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError))
    return state[:2] in _PASSING_CLASSES or state in _PASSING_STATES


def is_unreachable(error: BaseException) -> bool:
    """True for an error that passes, and that other statements would meet too: the server or the pool is the reason."""
    state = getattr(unwrap(error), "pgcode", None)
    return is_passing(error) and (state is None or state[:2] == "08" or state in _SERVER_STATES)


def unwrap(error: BaseException) -> BaseException:
    """The driver's error, also where SQLAlchemy, which not every process imports, has wrapped it in one of its own."""
    original = getattr(error, "orig", None)
    return original if isinstance(original, psycopg2.Error) else error


def retry_while_disconnected(attempt: Callable[[], _T], seconds: float) -> _T:
    """Return what ``attempt`` returns; try again for ``seconds`` while it raises errors that pass."""
    until = monotonic() + seconds
    pause = 0.05
    while True:
        try:
            return attempt()
        except Exception as error:
            if not is_passing(error) or monotonic() + pause > until:
                raise
            sleep(pause)
            pause = min(pause * 2, 1.0)
