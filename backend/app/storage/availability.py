"""Errors that pass without a change on our side: Postgres restarts, fails over, or has no connection left."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

import psycopg2
import psycopg2.errors
import sqlalchemy.exc

#: The exception classes among which ``is_passing`` finds those that pass.
DISCONNECTED = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    psycopg2.errors.ReadOnlySqlTransaction,
    psycopg2.errors.IdleInTransactionSessionTimeout,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.InternalError,
    sqlalchemy.exc.TimeoutError,
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
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        # No connection of the pool was free in time.
        return True
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        return error.orig is not None and is_passing(error.orig)
    if not isinstance(error, psycopg2.Error):
        return False
    state = error.pgcode
    if state is None:
        # Without a state the error is the driver's own: the connection is lost, or could not be made.
        return isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError))
    return state[:2] in _PASSING_CLASSES or state in _PASSING_STATES


def is_unreachable(error: BaseException) -> bool:
    """True for an error that passes, and that other statements would meet too: the server or the pool is the reason."""
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        return error.orig is not None and is_unreachable(error.orig)
    state = getattr(error, "pgcode", None)
    return is_passing(error) and (state is None or state[:2] == "08" or state in _SERVER_STATES)


def retry_while_disconnected(attempt: Callable[[], _T], seconds: float) -> _T:
    """Return what ``attempt`` returns; try again for ``seconds`` while it raises errors that pass."""
    until = monotonic() + seconds
    pause = 0.05
    while True:
        try:
            return attempt()
        except DISCONNECTED as error:
            if not is_passing(error) or monotonic() + pause > until:
                raise
            sleep(pause)
            pause = min(pause * 2, 1.0)
