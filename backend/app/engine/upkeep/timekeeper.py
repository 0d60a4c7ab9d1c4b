"""
The timekeeper: a thread in every worker that finds what is due, abandoned or lost.

Steps, executions and signals it publishes itself, which takes milliseconds. Everything that may take longer is a chore
with a thread of its own, so it holds up neither leases nor other chores. Every batch is claimed by the statement that
finds it, so any number of workers share the work. It never waits for the broker.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import uniform
from typing import TypeVar

from app.engine.commands.flow_control import close_next_window, maintain_lane
from app.engine.upkeep.children import cancel_orphans
from app.engine.upkeep.chore import Chore
from app.engine.upkeep.removal import Removal, remove_ended_deliveries, remove_ended_tests, remove_expired_keys
from app.engine.upkeep.schedules import post_due_schedules
from app.engine.upkeep.self_check import SelfCheck
from app.engine.wakeups.aftermath import Aftermath
from app.engine.wakeups.message import WakeUp, fold
from app.engine.walk.walker import WorkerContext
from app.storage.availability import is_passing
from app.storage.backtests.work import take_due_backtests
from app.storage.database import Cursor, driver
from app.storage.flow_control import lanes
from app.storage.queue_progress import QueueProgress
from app.storage.waiting import signals
from app.storage.walk.due import DueStep, find_due_kinds, take_due_executions, take_due_steps

log = logging.getLogger(__name__)
Found = TypeVar("Found")

#: Rows that one statement checks.
BATCH = 500

#: The time before which every message of a queue (None: the default one) is consumed, in seconds since 1970 by
#: Postgres' clock; None where the broker has not answered. Must not wait for the broker.
ConsumedUntil = Callable[["str | None"], "float | None"]


@dataclass
class Record:
    """What a timekeeper has done since it started; times are seconds since 1970 by Postgres' clock."""

    #: The last pass; None: it has made none yet.
    passed_at: float | None = None
    #: Steps, executions and signals that were abandoned or lost, and the time of the last of them.
    rescued: int = 0
    rescued_at: float | None = None


@dataclass
class Timekeeper:
    """Finds what is due; safe to run in any number of workers."""

    worker: WorkerContext
    consumed_until: ConsumedUntil
    #: Seconds between two passes.
    interval: float
    #: Seconds since 1970 by Postgres' clock.
    now: Callable[[], float] = time.time
    record: Record = field(default_factory=Record)
    #: When the last pass succeeded, and until when no lease is ended, by the monotonic clock.
    _passed_at: float = field(default_factory=time.monotonic)
    _spare_leases_until: float = 0.0
    #: When matching was asked for last, by ``now``.
    _matching_asked_at: float = 0.0
    #: The same of posting and delivering events of the engine.
    _delivery_asked_at: float = 0.0
    _chores: dict[str, Chore] = field(init=False)

    def __post_init__(self) -> None:
        worker = self.worker
        batches: dict[str, Callable[[Chore], bool]] = {
            "fan_outs": partial(cancel_orphans, worker),
            "schedules": partial(post_due_schedules, worker),
            "windows": partial(_close_windows, worker),
            "lanes": partial(_maintain_lanes, worker),
        }
        self._chores = {kind: Chore(kind, run_batch) for kind, run_batch in batches.items()}
        self._self_check = Chore("self_check", SelfCheck(worker.engine).run_batch)
        self._expired_keys = Chore("expired_keys", Removal(worker.engine, remove_expired_keys).run_batch)
        remove_tests = partial(remove_ended_tests, days=worker.config.test_retention_days)
        self._ended_tests = Chore("ended_tests", Removal(worker.engine, remove_tests).run_batch)
        self._ended_deliveries = Chore("ended_deliveries", Removal(worker.engine, remove_ended_deliveries).run_batch)

    def run(self, stop: threading.Event) -> None:
        """Find and publish again and again until ``stop`` is set."""
        while not stop.wait(self.interval * uniform(0.8, 1.2)):  # so that the timekeepers of a fleet spread out
            self._publish_due(wake_chore=Chore.wake)
            self._self_check.wake()
            self._expired_keys.wake()
            self._ended_deliveries.wake()
            self._ended_tests.wake()

    def run_once(self) -> None:
        """Do everything that is due, chores included, in the caller's thread."""
        self._publish_due(wake_chore=Chore.run)

    def _publish_due(self, wake_chore: Callable[[Chore], None]) -> None:
        # At every pass: an answer that is asked for only when something is due has expired by the next pass.
        self._progress()
        kinds = self._attempt("due", find_due_kinds)
        if kinds is None:
            return
        self._note_pass()
        for kind, publish in (
            ("steps", self._publish_steps),
            ("executions", self._publish_executions),
            ("signals", self._publish_signals),
        ):
            while getattr(kinds, kind) and (self._attempt(kind, publish) or 0) >= BATCH:
                pass
        if kinds.matching:
            self._ask_to_match()
        if kinds.deliveries:
            self._ask_to_deliver()
        if kinds.backtests and (found := self._attempt("backtests", take_due_backtests)):
            self.worker.publisher.backtest(found)
        for kind, chore in self._chores.items():
            if getattr(kinds, kind):
                wake_chore(chore)
        self._passed_at = time.monotonic()
        self.record.passed_at = self.now()

    def _attempt(self, kind: str, find: Callable[[Cursor], Found]) -> Found | None:
        """What a statement finds; None where it fails, which must not keep the others from being sent."""
        try:
            with driver(self.worker.engine) as connection, connection.cursor() as cursor:
                return find(cursor)
        except Exception as error:
            if is_passing(error):
                message = "Timekeeper: database unavailable (%s) when asked for %s; retrying in %.0f s."
                log.warning(message, type(error).__name__, kind, self.interval, extra={"kind": kind})
            else:
                log.exception("Timekeeper: %s failed; retrying in %.0f s.", kind, self.interval, extra={"kind": kind})
            return None

    def _note_pass(self) -> None:
        """
        Spare leases for the duration of one, if Postgres could not be asked for a while: nobody could renew them.

        A lease that ends proves that its worker is dead only if the worker could have renewed it.
        """
        now, lease = time.monotonic(), self.worker.config.lease
        if now - self._passed_at > max(lease / 4, 3 * self.interval):
            self._spare_leases_until = now + lease
        self._passed_at = now

    def _publish_steps(self, cursor: Cursor) -> int:
        """Steps whose wake-up is lost, whose lease has ended, or whose time comes near; how many were checked."""
        steps, checked = take_due_steps(
            cursor,
            self._progress(),
            grace=self._grace,
            batch=BATCH,
            lease=self.worker.config.lease,
            horizon=self.worker.config.horizon,
            late=self.worker.config.late,
            ends_leases=time.monotonic() >= self._spare_leases_until,
        )
        # Steps without a due time are READY, and one wake-up can be for many of them.
        lost = [self._wake_up(step) for step in steps if step.due_in is None]
        self.worker.publisher.put(fold(lost))
        self._note_rescue(len(lost))
        self.worker.publisher.put(self._wake_up(step) for step in steps if step.due_in is not None)
        return checked

    def _publish_executions(self, cursor: Cursor) -> int:
        """Executions that no worker has begun in time."""
        executions, checked = take_due_executions(cursor, self._progress(), grace=self._grace, batch=BATCH)
        self.worker.publisher.put(WakeUp(id) for id in executions)
        self._note_rescue(len(executions))
        return checked

    def _publish_signals(self, cursor: Cursor) -> int:
        """Steps that have a signal and have not gone on."""
        found, checked = signals.take_due_signals(cursor, self._progress(), grace=self._grace, batch=BATCH)
        self.worker.publisher.put(WakeUp(*signal) for signal in found)
        self._note_rescue(len(found))
        return checked

    def _note_rescue(self, count: int) -> None:
        if count:
            self.record.rescued += count
            self.record.rescued_at = self.now()

    def _ask_to_match(self) -> None:
        """Ask for what should have been matched by now, unless the last request still waits in the queue."""
        consumed = self.consumed_until(None)
        if consumed is not None and consumed > self._matching_asked_at:
            self._matching_asked_at = self.now()
            self.worker.publisher.match()

    def _ask_to_deliver(self) -> None:
        """Ask for what is to be posted or delivered, unless the last request still waits in the queue."""
        consumed = self.consumed_until(None)
        if consumed is not None and consumed > self._delivery_asked_at:
            self._delivery_asked_at = self.now()
            self.worker.publisher.deliver()

    @property
    def _grace(self) -> float:
        return self.worker.config.grace

    def _progress(self) -> QueueProgress:
        queues = self.worker.config.queues
        known = {queue: self.consumed_until(queue) for queue in {None, *queues.values()}}
        times = {queue: float("-inf") if consumed is None else consumed for queue, consumed in known.items()}
        return QueueProgress(times[None], {type: times[queue] for type, queue in queues.items()})

    def _wake_up(self, step: DueStep) -> WakeUp:
        countdown = step.due_in if step.due_in and step.due_in > 0 else None
        queue = self.worker.config.queue_of(step.type)
        since = time.monotonic() if countdown else None
        return WakeUp(step.execution_id, step.node_id, step.visit, countdown, queue, since)


def _close_windows(worker: WorkerContext, chore: Chore) -> bool:
    """Close the next window; True where there was one."""
    aftermath = close_next_window(worker, chore.run_item, but=chore.backoff.paused())
    worker.dispatch(aftermath or Aftermath())
    return aftermath is not None


def _maintain_lanes(worker: WorkerContext, chore: Chore) -> bool:
    """Admit executions that wait in lanes, and cancel those that newer ones replace."""
    with driver(worker.engine) as connection, connection.cursor() as cursor:
        found = lanes.list_due_lanes(cursor, batch=BATCH)
    for name, watch in found:
        chore.run_item(name, partial(_maintain_lane, worker, name, watch))
    return len(found) == BATCH


def _maintain_lane(worker: WorkerContext, name: str, watch: float) -> None:
    worker.dispatch(maintain_lane(worker, name, watch=watch))
