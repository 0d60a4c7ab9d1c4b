"""The walk: one thread of a process moves its executions on, while their handlers run elsewhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from contextvars import Context
from dataclasses import dataclass
from functools import cached_property
from time import monotonic

from app.engine.attempts.attempt import AttemptResult
from app.engine.deliveries.courier import Courier
from app.engine.deliveries.posting import Poster
from app.engine.services.http.guard import Guard
from app.engine.waiting.events import Matcher
from app.engine.wakeups.message import WakeUp
from app.engine.walk.left import KEEP_FOR
from app.engine.walk.news import Look, Result
from app.engine.walk.pending import Pending
from app.engine.walk.transition import ClaimedStep
from app.engine.walk.turns import EXECUTIONS_AT_ONCE, Arrival, Turns, WalkContext

log = logging.getLogger(__name__)

#: Seconds for which a process that is full fetches no message at most.
FULL_FOR = 10.0
#: Seconds for which one that computes fetches no further message, so that processes with more time come first.
STAND_BACK = 0.1
#: Seconds for which a message leaves the interpreter to a walk that has nothing to do, so that it is acted on at once.
TAKEN_WITHIN = 0.001


@dataclass(frozen=True)
class WorkerContext(WalkContext):
    """What a worker process works with."""

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self)

    @cached_property
    def poster(self) -> Poster:
        return Poster(self, self.dispatch)

    @cached_property
    def courier(self) -> Courier:
        config = self.config
        guard = Guard(
            allow_private=config.allow_private_addresses, own=config.own_services, closed=config.closed_places
        )
        return Courier(self.engine, guard, config.secret_box, self.is_stopping)

    @cached_property
    def walker(self) -> Walker:
        return Walker(self)

    def walk(self, wake_ups: Iterable[WakeUp], *, resumed: bool = False) -> None:
        """Walk these executions until nothing is at hand here and no handler runs."""
        self.walk_all([Look(wake_up, resumed) for wake_up in wake_ups])

    def walk_all(self, looks: list[Look]) -> None:
        """Act on wake-ups until nothing is at hand here and no handler runs."""
        self.walker.offer(looks)
        self.walker.wait_idle()


class Walker:
    """
    Moves the executions of a process from node to node, on a thread of its own.

    In each turn it takes what is at hand, results of handlers and wake-ups, and records it in as few transactions as it
    can. What comes meanwhile is recorded together in the next turn. A turn for one result, while no other handler runs,
    is taken where the handler has ended: the next one begins without a change of threads.
    """

    def __init__(self, worker: WorkerContext) -> None:
        self._worker = worker
        lock = threading.RLock()
        #: For the thread of the walk: there is something to do.
        self._changed = threading.Condition(lock)
        #: For the others, whom no result of a handler wakes: a turn has begun, or ended.
        self._turned = threading.Condition(lock)
        #: Under the lock of both.
        self._arrived: list[Arrival] = []
        self._pending = Pending()
        self._has_room = True
        #: True while a turn is taken, by the thread of the walk or where a handler has ended; one at a time.
        self._is_busy = False
        self._is_lent = False
        #: True where such a turn has left something that the thread of the walk has to look at.
        self._has_left = False
        self._is_closing = False
        self._has_stopped = False
        self._thread: threading.Thread | None = None
        self._turns = Turns(worker, self._pending, self._changed, self._arrive)

    # --- what others call ---------------------------------------------------------------------------------------

    def offer(self, looks: list[Look], seconds: float = 0.0) -> bool:
        """
        Have these wake-ups acted on; where the process is full, wait for room, ``seconds`` at most.

        They stay at hand then, and are published again soon if there is still no room. The caller fetches no others
        meanwhile, so that a full process does not turn the queue over. False, and nothing is kept, where the process
        has stopped.
        """
        until = monotonic() + seconds
        with self._changed:
            if self._is_closing:
                self._turned.wait_for(lambda: self._has_stopped, seconds)
            if self._is_closing or self._has_stopped:
                return False
            self._pending.add(looks)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="walk", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            if seconds and not self._is_busy:
                self._turned.wait_for(lambda: not len(self._pending), TAKEN_WITHIN)
            while not self._is_open and monotonic() < until:
                self._turned.wait(KEEP_FOR)
            if seconds:
                self._turned.wait_for(lambda: self._can_fetch, STAND_BACK)
            return True

    @property
    def _is_open(self) -> bool:
        """True where the process can take further messages, or is being stopped."""
        has_room = self._has_room and len(self._pending) < self._turns.postponed.most_pending
        return has_room or self._has_stopped or self._worker.is_stopping()

    @property
    def _can_fetch(self) -> bool:
        return not self._turns.flights.is_computing or self._has_stopped or self._worker.is_stopping()

    @property
    def is_held_up(self) -> bool:
        """True while something waits because others hold its execution, or Postgres cannot be reached."""
        return self._turns.is_held_up

    def wait_idle(self, seconds: float | None = None) -> bool:
        """Wait until nothing is at hand and no handler runs; False where that was not so in time."""
        with self._changed:
            return self._turned.wait_for(lambda: self._is_idle, seconds)

    def stop(self, seconds: float) -> None:
        """
        Let what is at hand end for so long, and give the steps back whose handlers have not ended.

        Where the whole worker stops, nothing new is begun meanwhile; a process that is replaced walks on, because its
        last message may not have been acted on.
        """
        with self._changed:
            self._is_closing = True
            if self._thread is None:
                self._has_stopped = True
                return
            self._changed.notify_all()
        if not self.wait_idle(seconds):
            log.warning(
                "%d handlers did not end in %g s; their steps are given back.", len(self._turns.flights.held), seconds
            )
        self.abandon()
        self._thread.join(5)
        self._turns.release(list(self._turns.flights.held.values()), is_loss=False)

    def abandon(self) -> None:
        """Do nothing more; leases of handlers that run end, as if the process had been killed."""
        with self._changed:
            self._has_stopped = True
            self._changed.notify_all()
            self._turned.notify_all()

    def _arrive(self, step: ClaimedStep, result: AttemptResult | None) -> None:
        with self._changed:
            self._arrived.append((step, result))
            if not self._can_turn_here(step, result):
                self._changed.notify()
                return
            assert result is not None
            self._is_busy = self._is_lent = True
            self._arrived.clear()
        # Not in the context of the handler that has ended, which the next one would inherit.
        Context().run(self._turn_here, Result(step, result))

    # --- a turn where a handler has ended -----------------------------------------------------------------------

    def _can_turn_here(self, step: ClaimedStep, result: AttemptResult | None) -> bool:
        is_taken = self._is_busy or self._is_closing or self._has_stopped or self._thread is None
        is_alone = len(self._arrived) == 1 and not len(self._pending)
        return not is_taken and is_alone and self._turns.can_turn_here(step, result)

    def _turn_here(self, result: Result) -> None:
        try:
            self._turns.turn_alone(result)
        except BaseException:
            self._leave_failed_turn()
        finally:
            with self._changed:
                self._is_lent = False
                self._has_left = self._turns.seconds_to_wait() is not None
                self._end_turn()
                if self._has_work():
                    self._changed.notify()

    # --- the thread ---------------------------------------------------------------------------------------------

    @property
    def _is_idle(self) -> bool:
        return not (self._is_busy or self._arrived or len(self._pending)) and self._turns.is_idle

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._has_stopped
            self._take_turn(*self._wait())
        self._turns.rest()

    def _take_turn(self, arrived: list[Arrival], looks: list[Look], old: list[Look]) -> None:
        try:
            results = self._turns.land(arrived)
            self._turns.publish(look.message() for look in old)
            self._turns.turn(results, looks)
        except BaseException:  # Without this thread, claims would be renewed for ever.
            self._leave_failed_turn()

    def _leave_failed_turn(self) -> None:
        log.exception("A turn of the walk failed; what it did not record is run again.")
        self._turns.drop_lost()

    def _end_turn(self) -> None:
        self._is_busy = False
        self._has_room = self._turns.can_begin() and not self._turns.postponed.is_behind
        self._turned.notify_all()

    def _wait(self) -> tuple[list[Arrival], list[Look], list[Look]]:
        """
        Wait until there is something to do.

        Returns the results that have arrived, wake-ups to act on, and wake-ups to give to other processes.
        """
        with self._changed:
            self._end_turn()
            seconds = self._turns.seconds_to_wait()
            while True:
                self._changed.wait_for(lambda: self._has_work() or self._has_new(seconds), seconds)
                if not self._is_lent:
                    break
            self._is_busy, self._has_left = True, False
            arrived, self._arrived = self._arrived, []
            is_open = self._turns.can_begin() or self._worker.is_stopping()
            looks = self._pending.take(EXECUTIONS_AT_ONCE) if is_open else []
            old = [] if is_open else self._pending.take_old(KEEP_FOR)
            self._turned.notify_all()
            return arrived, looks, old

    def _has_new(self, seconds: float | None) -> bool:
        return seconds is None and len(self._pending) > 0 and not self._is_lent

    def _has_work(self) -> bool:
        if self._is_lent:
            return False
        is_new = len(self._pending) > 0 and (self._turns.can_begin() or self._worker.is_stopping())
        return bool(self._arrived or self._has_stopped or self._has_left or len(self._turns.postponed) or is_new)
