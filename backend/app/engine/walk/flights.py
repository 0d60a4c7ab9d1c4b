"""Flights: the handlers that a process runs, from the claim of their steps until their results are recorded."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.engine.attempts.attempt import Attempt, AttemptResult, idempotency_key
from app.engine.attempts.call import start_attempt
from app.engine.attempts.leases import HeldClaim, Leases
from app.engine.attempts.runners import Room, Runners
from app.engine.config import EngineContext
from app.engine.registry import RunTarget, Way
from app.engine.waiting.children import find_workflow
from app.engine.walk.context import ExecutionContext
from app.engine.walk.emitter import Emitter
from app.engine.walk.transition import ClaimedStep
from app.storage.database import driver

log = logging.getLogger(__name__)

#: The part of the places of a process that the executions of one workflow may have, so that there are some for others.
SHARE = 0.75


@dataclass
class Flights:
    """
    The claimed steps of a process whose results are not recorded. Used by the thread of the walk.

    ``finished`` is called on the thread of a handler with its result; None: its event loop was lost.
    """

    context: EngineContext
    emitter: Emitter
    leases: Leases
    runners: Runners
    finished: Callable[[ClaimedStep, AttemptResult | None], None]
    held: dict[HeldClaim, ClaimedStep] = field(default_factory=dict)
    #: Handlers that have not ended: by the way in which they run, by workflow, and by execution.
    running: Counter[Way] = field(default_factory=Counter)
    by_workflow: dict[str, Counter[Way]] = field(default_factory=dict)
    by_execution: Counter[str] = field(default_factory=Counter)
    #: How many handlers may run beside each of those that need isolation.
    limits: list[int] = field(default_factory=list)

    def room(self, reserved: int | None = None) -> Room:
        """The handlers that can start now; ``reserved`` is how many may run beside a step that waits for isolation."""
        runners, running = self.runners, self.running
        most = min([runners.at_once, *self.limits])
        plain = runners.plain_at_once - running[Way.THREAD]
        computing = runners.computing_at_once - running[Way.COMPUTE]
        return Room(running.total(), most, plain, computing, reserved)

    @property
    def has_room(self) -> bool:
        """True where a handler of some kind can start, whatever waits."""
        return self.running.total() < min([self.runners.at_once, *self.limits])

    def room_for(self, context: ExecutionContext, whole: Room) -> Room:
        """The part of the room that an execution may have, together with others of its workflow."""
        runners, running = self.runners, self.by_workflow.get(context.origin.workflow_id, Counter())
        most, plain = max(1, int(runners.at_once * SHARE)), max(1, int(runners.plain_at_once * SHARE))
        return Room(running.total(), most, plain - running[Way.THREAD], whole=whole)

    def start(self, step: ClaimedStep) -> None:
        """Run the handler of a step whose claim is committed."""
        claim = claim_of(step)
        self.held[claim] = step
        self._count(step, 1)
        if step.isolation is not None:
            self.limits.append(step.isolation)
        self.leases.add(claim)
        try:
            stop = start_attempt(self._attempt(step), self.runners, partial(self.finished, step))
            self.leases.stop_with(claim, stop)
        except Exception:  # The system refuses a thread, or a file for an event loop.
            log.exception(
                "The handler of node %s cannot be started.", step.row.node_id, extra={"node": step.row.node_id}
            )
            self.finished(step, None)

    @property
    def is_computing(self) -> bool:
        """True while a handler that computes keeps this process busy."""
        return self.running[Way.COMPUTE] > 0

    def land(self, step: ClaimedStep) -> None:
        """Its handler has ended: there is room for another one."""
        self._count(step, -1)
        if step.isolation is not None:
            self.limits.remove(step.isolation)

    def forget(self, step: ClaimedStep) -> None:
        """Its result is recorded, or given up."""
        claim = claim_of(step)
        self.leases.remove(claim)
        self.held.pop(claim, None)

    def _count(self, step: ClaimedStep, number: int) -> None:
        way, context = step.compiled.way, step.context
        self.running[way] += number
        self.by_execution[context.execution_id] += number
        workflow = context.runs.workflow_id
        counts = self.by_workflow.get(workflow)
        if counts is None:
            counts = self.by_workflow[workflow] = Counter()
        counts[way] += number
        if number < 0:
            if not counts.total():
                del self.by_workflow[workflow]
            if not self.by_execution[context.execution_id]:
                del self.by_execution[context.execution_id]

    def _attempt(self, step: ClaimedStep) -> Attempt:
        row, context, config = step.row, step.context, self.context.config
        if step.compiled.pure:
            return Attempt(step.compiled, context, row, config, find_workflow=self._find_workflow)
        return Attempt(step.compiled, context, row, config, emit=partial(self._emit, step))

    def _emit(self, step: ClaimedStep, type: Any, payload: Any) -> Any:
        row, context = step.row, step.context
        key = idempotency_key(context.execution_id, row.node_id, row.visit)
        return self.emitter.emit(context, key, row.node_id, type, payload)

    def _find_workflow(self, reference: str) -> RunTarget:
        with driver(self.context.engine) as connection, connection.cursor() as cursor:
            return find_workflow(cursor, self.context.workflows, reference)


def claim_of(step: ClaimedStep) -> HeldClaim:
    row = step.row
    return HeldClaim(step.context.execution_id, row.node_id, row.visit, row.attempt, row.claim)
