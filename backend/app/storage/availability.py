"""While Postgres is gone: what that looks like, and how long to try again."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

import psycopg2
from sqlalchemy.exc import OperationalError

#: What a lost connection to Postgres raises.
DISCONNECTED = (psycopg2.OperationalError, psycopg2.InterfaceError, OperationalError)
_T = TypeVar("_T")


def retry_while_disconnected(attempt: Callable[[], _T], seconds: float) -> _T:
    """What ``attempt`` answers, tried again while Postgres is gone, for so long."""
    until = monotonic() + seconds
    pause = 0.05
    while True:
        try:
            return attempt()
        except DISCONNECTED:
            if monotonic() + pause > until:
                raise
            sleep(pause)
            pause = min(pause * 2, 1.0)
