"""A transaction stopped just before its COMMIT, so that a test can run another one in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2.extensions import TRANSACTION_STATUS_IDLE, cursor
from sqlalchemy import Engine, event

WRITES = (b"UPDATE ", b"INSERT ", b"DELETE ", b"EXECUTE exchange")


class Hold:
    """Stops the first transaction that writes until it is released."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()

    def stop(self) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.released.wait(30)


class HeldCursor(cursor):
    """Stops before a COMMIT; a statement in autocommit gets a transaction of its own for that."""

    hold: Hold | None = None

    def execute(self, query: Any, vars: Any = None) -> None:
        hold = HeldCursor.hold
        if hold is None or hold.reached.is_set():
            return super().execute(query, vars)
        text: bytes = self.mogrify(query, vars)
        before, commit, after = text.rpartition(b"COMMIT")
        if commit:
            if before.strip(b"; \n"):
                super().execute(before)
            hold.stop()
            return super().execute(commit + after)
        is_alone = self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE and b"BEGIN" not in text
        if not is_alone or not any(word in text for word in WRITES) or text.startswith(b"PREPARE"):
            return super().execute(text)
        super().execute(b"BEGIN;" + text)
        hold.stop()
        with self.connection.cursor() as other:  # this one keeps its rows
            other.execute("COMMIT")


def hold_commits(engine: Engine) -> None:
    """Have the connections of this engine stop where ``holding`` is active."""
    event.listen(engine, "connect", lambda raw, record: setattr(raw, "cursor_factory", HeldCursor))


@contextmanager
def holding() -> Iterator[Hold]:
    """The first writing transaction on an engine that holds commits stops, and goes on at the end of the block."""
    HeldCursor.hold = hold = Hold()
    try:
        yield hold
    finally:
        hold.released.set()
        HeldCursor.hold = None
