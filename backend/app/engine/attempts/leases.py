"""Leases: a worker renews its claims while handlers run; a step whose claim is not renewed goes to another worker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import NamedTuple

from app.storage.availability import DISCONNECTED
from app.storage.database import ConnectionPool
from app.storage.walk import claims

log = logging.getLogger(__name__)

#: Seconds after which a renewal that failed is tried again for the first time; doubled with each failure.
FIRST_RETRY = 0.1


class HeldClaim(NamedTuple):
    """A claim on one attempt of a step."""

    execution_id: str
    node_id: str
    visit: int
    attempt: int
    number: int


class Leases:
    """
    The claims that handlers of this process hold; a thread renews those that are held for long.

    ``interval`` is the time between two renewals and ``lease`` the time that each is valid for, in seconds.
    ``is_stopping`` tells when the worker is being stopped: it may be killed before its handlers end. ``note_count`` is
    given the number of claims that are held, at each change; it must not block.
    """

    def __init__(
        self,
        engine: ConnectionPool,
        *,
        interval: float,
        lease: float,
        is_stopping: Callable[[], bool] = lambda: False,
        note_count: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._engine = engine
        self._is_stopping = is_stopping
        self._note_count = note_count
        #: Claims whose worker is known to be stopped.
        self._excused: set[HeldClaim] = set()
        self._interval = interval
        self._lease = lease
        self._held: dict[HeldClaim, float] = {}
        self._stops: dict[HeldClaim, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, claim: HeldClaim) -> None:
        """Renew this claim until it is removed."""
        with self._lock:
            self._held[claim] = monotonic()
            self._note_count(len(self._held))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()

    def stop_with(self, claim: HeldClaim, stop: Callable[[], None]) -> None:
        """Have ``stop`` called if this claim is lost: its handler runs for nothing then."""
        with self._lock:
            if claim in self._held:
                self._stops[claim] = stop

    def remove(self, claim: HeldClaim) -> None:
        """Renew this claim no more."""
        with self._lock:
            self._held.pop(claim, None)
            self._note_count(len(self._held))
            self._stops.pop(claim, None)
            self._excused.discard(claim)

    def release(self, held: Iterable[HeldClaim], *, grace: float, is_loss: bool) -> list[claims.ReleasedStep]:
        """
        Give claims back, so that other workers run their steps: at once, or ``grace`` seconds later.

        With ``is_loss`` the steps count as lost with their worker. A loss that was subtracted in advance is added.
        """
        given = sorted(held)
        if not given:
            return []
        with self._lock:
            losses = {claim: int(is_loss) + (claim in self._excused) for claim in given}
        for claim in given:
            self.remove(claim)
        return claims.release_claims(self._engine, [(*claim, losses[claim]) for claim in given], grace=grace)

    def _run(self) -> None:
        pause, timer = self._interval, threading.Event()
        while not timer.wait(pause):
            try:
                self.renew()
                pause = self._interval
            except DISCONNECTED as error:
                # Soon, and not after an interval: a lease that expired during the outage is ours until it is claimed.
                pause = min(self._interval, FIRST_RETRY if pause == self._interval else pause * 2)
                log.warning(
                    "%d leases were not renewed (%s); retrying in %.1f s.", len(self._held), type(error).__name__, pause
                )
            except Exception:  # Without this thread, every handler of the process would lose its step.
                log.exception("%d leases were not renewed.", len(self._held))

    def renew(self, *, held_for: float | None = None) -> None:
        """
        Renew claims that have been held for this long.

        The default is half the interval, so that a short handler never costs a renewal.
        """
        since = monotonic() - (self._interval / 2 if held_for is None else held_for)
        with self._lock:
            held = sorted(claim for claim, began in self._held.items() if began <= since)
        if not held:
            return
        excused = set(held) - self._excused if self._is_stopping() else set()
        given = [(*claim, int(claim in excused)) for claim in held]
        lost = claims.renew_claims(self._engine, given, lease=self._lease)
        self._excused |= excused
        for each in lost:
            self._stop(HeldClaim(*each))

    def confirm(self, given: Iterable[HeldClaim]) -> set[HeldClaim]:
        """Renew these claims now, and return those that are still held: their process may have been frozen."""
        wanted = sorted(given)
        lost = claims.renew_claims(self._engine, [(*claim, 0) for claim in wanted], lease=self._lease)
        return {*wanted} - {HeldClaim(*each) for each in lost}

    def _stop(self, claim: HeldClaim) -> None:
        """Stop a handler whose claim is lost."""
        with self._lock:
            stop = self._stops.get(claim)
        if stop is None:  # It has ended meanwhile.
            return
        self.remove(claim)
        fields = {"execution": claim.execution_id, "node": claim.node_id, "attempt": claim.attempt}
        text = "Execution %(execution)s, node %(node)s: its claim is lost, so its handler is stopped."
        log.warning(text, fields, extra=fields)
        stop()
