"""A chore: work of the timekeeper that may take long, done in a thread of its own so that it holds up no other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.engine.upkeep.backoff import Backoff
from app.storage.availability import is_passing

log = logging.getLogger(__name__)

#: SQLSTATEs of one statement alone: timed out or cancelled, serialization failure, deadlock, lock not granted in time.
ITEM_STATES = frozenset({"57014", "40001", "40P01", "55P03"})


@dataclass
class Chore:
    """
    One kind of work that the timekeeper finds; its thread is started when there is some for the first time.

    An item that raises is logged and left alone for a while, which grows with each failure; the others go on.
    """

    name: str
    #: Does one batch; True where there may be more. Reports its failures by ``run_item``.
    run_batch: Callable[[Chore], bool]
    backoff: Backoff = field(default_factory=Backoff)
    _due: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def wake(self) -> None:
        """Have the chore's thread do its work soon. Never waits."""
        self._due.set()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def run(self) -> None:
        """Do all work that there is, in the caller's thread."""
        try:
            while self.run_batch(self):
                pass
        except Exception as error:  # whatever one batch brings about, the next one must run
            if is_shared(error):
                message = "Chore %s: database unavailable (%s); retrying in a second."
                log.warning(message, self.name, type(error).__name__, extra={"chore": self.name})
            else:
                log.exception("Chore %s failed; retrying in a second.", self.name, extra={"chore": self.name})

    def run_item(self, key: str, act: Callable[[], object]) -> bool:
        """Do one item; False if it failed. Raises only errors that the next item would meet as well."""
        try:
            act()
        except Exception as error:  # one item must not hold up the others
            if is_shared(error):
                raise
            pause = self.backoff.fail(key)
            log.exception(
                "Chore %s failed for %s; retrying in %.0f s.",
                self.name,
                key,
                pause,
                extra={"chore": self.name, "item": key},
            )
            return False
        self.backoff.succeed(key)
        return True

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            self.run()


def is_shared(error: Exception) -> bool:
    """True for an error that every item would meet: Postgres, or a connection to it, is not available."""
    state = getattr(getattr(error, "orig", error), "pgcode", None)
    return is_passing(error) and state not in ITEM_STATES
