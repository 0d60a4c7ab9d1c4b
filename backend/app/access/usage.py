"""When each key was used last: noted at most once a minute, on a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.storage.access.keys import note_use
from app.storage.orm import Sessions

log = logging.getLogger(__name__)

#: Seconds between two notes of one key.
NOTE_EVERY = 60.0


class KeyUsage:
    """Notes in Postgres that keys are used; no request waits for it, and none fails by it."""

    def __init__(self, sessions: Sessions, clock: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._clock = clock
        self._noted: dict[str, float] = {}
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="key-usage")

    def note(self, key_id: str) -> None:
        """Note that a key is used, unless that was done within the last minute. Never blocks."""
        now = self._clock()
        if now - self._noted.get(key_id, float("-inf")) >= NOTE_EVERY:
            self._noted[key_id] = now
            self._writer.submit(self._write, key_id)

    def close(self) -> None:
        self._writer.shutdown()

    def _write(self, key_id: str) -> None:
        try:
            with self._sessions.begin() as session:
                note_use(session, key_id)
        except Exception:
            # Postgres may be away; the next minute notes it again.
            log.warning("The use of a key could not be noted.", extra={"key": key_id}, exc_info=True)
