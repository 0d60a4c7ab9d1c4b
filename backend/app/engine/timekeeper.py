"""The timekeeper: a thread in every worker that finds what is due, what was abandoned, and wake-ups that were lost."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from app.engine.commands import cancel
from app.engine.gone import GONE
from app.engine.runner import Try, failure
from app.engine.wakeups import WakeUp
from app.engine.walk import Worker
from app.errors import Conflict
from app.storage import fan_outs, signals
from app.storage.database import driver
from app.storage.due import DueStep, due_executions, due_steps
from app.storage.statuses import StepStatus

log = logging.getLogger(__name__)

#: Rows seen to in one transaction.
BATCH = 500
#: Seconds after which something is woken again even though the queue is not empty.
OLD = 60.0


@dataclass(frozen=True)
class Timekeeper:
    """Looks at what has come due; safe to run in any number of workers."""

    worker: Worker
    #: Messages that wait in the broker, or None where it cannot be asked.
    backlog: Callable[[], int | None]
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
            except GONE as error:
                log.warning("The timekeeper could not look: %s", type(error).__name__)
            except Exception:  # whatever one step brings about, the others still need a timekeeper
                log.exception("The timekeeper stumbled; it will look again.")

    def look(self) -> int:
        """See to one batch of what has come due; answers how many things that were."""
        grace = self.worker.terms.grace
        with driver(self.worker.engine) as connection, connection.cursor() as cursor:
            steps = due_steps(cursor, grace=grace, losses=self.losses, batch=BATCH)
            executions = due_executions(cursor, grace=grace, batch=BATCH)
            told = signals.due(cursor, grace=grace, batch=BATCH)
            orphans = fan_outs.to_cancel(cursor, grace=grace, batch=BATCH)
            self.worker.matcher.remind(cursor, self.backlog)
        self.worker.outbox.put(WakeUp(*step) for step in told)
        for child in orphans:
            self._cancel(child)
        if not steps and not executions:
            return max(len(told), len(orphans))
        # What waits in a long queue was not lost: publishing it again would only make the queue longer.
        waiting = bool(self.backlog())
        wake_ups = [_wake_up(step) for step in steps if not step.lost and _is_to_wake(step, waiting)]
        wake_ups += [WakeUp(id) for id, age in executions if not waiting or age > OLD]
        self.worker.outbox.put(wake_ups)
        for step in steps:
            if step.lost:
                self.worker.poison(_wake_up(step), step.claim, _loss(step, self.losses))
        return max(len(steps), len(executions), len(told), len(orphans))

    def _cancel(self, child: str) -> None:
        """A child that nobody waits for any more; one that has just ended needs nothing."""
        worker = self.worker
        with suppress(Conflict):
            worker.outbox.put(cancel(worker.engine, worker.programs, child, worker.terms))


def _is_to_wake(step: DueStep, waiting: bool) -> bool:
    if step.status == StepStatus.RUNNING or not waiting:
        return True
    return (step.due_in is not None and step.due_in > 0) or step.age > OLD


def _wake_up(step: DueStep) -> WakeUp:
    countdown = step.due_in if step.due_in and step.due_in > 0 else None
    return WakeUp(step.execution_id, step.node_id, step.visit, countdown)


def _loss(step: DueStep, losses: int) -> Try:
    if step.claim < losses:
        return failure("WorkerLost", f"The worker that ran node {step.node_id} was lost.", may_retry=False)
    message = f"Node {step.node_id} is poisoned: {step.claim} workers were lost while they ran it."
    return failure("poisoned", message, may_retry=False)
