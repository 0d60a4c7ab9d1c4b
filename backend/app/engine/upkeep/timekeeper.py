"""The timekeeper: a thread in every worker that finds what is due, what was abandoned, and wake-ups that were lost."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from app.engine.attempts.attempt import AttemptResult, failure
from app.engine.commands.flow_control import close_due_window, maintain_lane
from app.engine.commands.lifecycle import cancel
from app.engine.upkeep.schedules import post_due_event
from app.engine.wakeups.message import WakeUp
from app.engine.walk.walker import WorkerContext
from app.errors import Conflict
from app.storage.availability import DISCONNECTED
from app.storage.database import Cursor, driver
from app.storage.flow_control import lanes, schedules, windows
from app.storage.statuses import StepStatus
from app.storage.waiting import fan_outs, signals
from app.storage.walk.due import DueStep, due_executions, due_steps

log = logging.getLogger(__name__)

#: Rows seen to in one transaction.
BATCH = 500
#: Seconds after which something is woken again even though the queue is not empty.
STALE_AFTER = 60.0


@dataclass(frozen=True)
class Overdue:
    """A wake-up that led to nothing so far, of something so many seconds old."""

    wake_up: WakeUp
    age: float
    #: True where it cannot have been published before.
    new: bool = False


@dataclass(frozen=True)
class Timekeeper:
    """Looks at what has come due; safe to run in any number of workers."""

    worker: WorkerContext
    #: Messages that wait in a queue (None: the default one), or None where the broker cannot be asked.
    backlog: Callable[[str | None], int | None]
    #: Seconds between two looks.
    interval: float
    #: Workers that one step may take with it.
    losses: int

    def run(self, stop: threading.Event) -> None:
        """Look again and again, until told to stop."""
        while not stop.wait(self.interval):
            try:
                while self.look() >= BATCH and not stop.is_set():
                    pass
            except DISCONNECTED as error:
                log.warning("The timekeeper could not look: %s", type(error).__name__)
            except Exception:  # whatever one step brings about, the others still need a timekeeper
                log.exception("The timekeeper stumbled; it will look again.")

    def look(self) -> int:
        """See to one batch of everything that has come due; answers how many there were of the commonest kind."""
        chores = (self._steps, self._executions, self._signals, self._events, self._children, self._flow)
        return max(chore() for chore in chores)

    def _steps(self) -> int:
        """Steps whose wake-up may be lost, whose worker is, or whose time comes near."""
        with self._cursor() as cursor:
            steps = due_steps(cursor, grace=self._grace, losses=self.losses, batch=BATCH)
        found = [Overdue(self._wake_up(step), step.age, _is_new(step)) for step in steps if not step.lost]
        self._wake(self._not_waiting(found))
        for step in steps:
            if step.lost:
                self.worker.poison(self._wake_up(step), step.claim, _loss(step, self.losses))
        return len(steps)

    def _executions(self) -> int:
        """Executions that no worker has begun in time."""
        with self._cursor() as cursor:
            executions = due_executions(cursor, grace=self._grace, batch=BATCH)
        self._wake(self._not_waiting([Overdue(WakeUp(id), age) for id, age in executions]))
        return len(executions)

    def _signals(self) -> int:
        """Steps that were told what they waited for, and have not gone on."""
        with self._cursor() as cursor:
            told = signals.list_due_signals(cursor, grace=self._grace, batch=BATCH)
        self._wake(WakeUp(*step) for step in told)
        return len(told)

    def _events(self) -> int:
        """Events that nobody has held against the steps that wait for them."""
        with self._cursor() as cursor:
            self.worker.matcher.remind(cursor, lambda: self.backlog(None))
        return 0

    def _children(self) -> int:
        """Children that nobody waits for any more are cancelled; one that has just ended needs nothing."""
        worker = self.worker
        with self._cursor() as cursor:
            orphans = fan_outs.list_to_cancel(cursor, grace=self._grace, batch=BATCH)
        for child in orphans:
            with suppress(Conflict):
                self._wake(cancel(worker, child))
        return len(orphans)

    def _flow(self) -> int:
        """Post what is scheduled, close windows, let in who waits, in this order: what comes first may have to wait."""
        worker = self.worker
        with self._cursor() as cursor:
            due = schedules.list_due_schedules(cursor, batch=BATCH)
            closing = windows.list_due_windows(cursor, batch=BATCH)
            waiting = lanes.list_due_lanes(cursor, batch=BATCH)
        jobs = [
            *(partial(post_due_event, worker, each) for each in due),
            *(partial(close_due_window, worker, name) for name in closing),
            *(partial(maintain_lane, worker, name) for name in waiting),
        ]
        for job in jobs:
            try:
                self._wake(job())
            except DISCONNECTED:
                raise
            except Exception:  # one workflow's trouble must not hold up the others
                log.exception("The timekeeper could not keep something flowing; it will try again.")
        return max(len(due), len(closing), len(waiting))

    @property
    def _grace(self) -> float:
        return self.worker.config.grace

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        with driver(self.worker.engine) as connection, connection.cursor() as cursor:
            yield cursor

    def _wake(self, wake_ups: Iterable[WakeUp]) -> None:
        self.worker.publisher.put(wake_ups)

    def _not_waiting(self, found: list[Overdue]) -> list[WakeUp]:
        """
        What is to be published: what waits in a long queue was not lost, and would only make it longer.

        What is old goes out again even so, but not to a queue that this worker does not consume: perhaps nobody does.
        """
        waiting = {queue: bool(self.backlog(queue)) for queue in {each.wake_up.queue for each in found}}
        return [
            each.wake_up
            for each in found
            if each.new
            or not waiting[each.wake_up.queue]
            or (each.age > STALE_AFTER and self.worker.config.consumes(each.wake_up.queue))
        ]

    def _wake_up(self, step: DueStep) -> WakeUp:
        countdown = step.due_in if step.due_in and step.due_in > 0 else None
        queue = self.worker.config.queue_of(step.type)
        return WakeUp(step.execution_id, step.node_id, step.visit, countdown, queue)


def _is_new(step: DueStep) -> bool:
    """True where no queue can have it yet: a dead worker left it behind, or its time is only now near."""
    return step.status == StepStatus.RUNNING or (step.due_in is not None and step.due_in > 0)


def _loss(step: DueStep, losses: int) -> AttemptResult:
    if step.claim < losses:
        return failure("WorkerLost", f"The worker that ran node {step.node_id} was lost.", may_retry=False)
    message = f"Node {step.node_id} is poisoned: {step.claim} workers were lost while they ran it."
    return failure("poisoned", message, may_retry=False)
