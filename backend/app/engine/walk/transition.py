"""The state that one transaction of a walk builds up before it is written."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from app.engine.attempts.attempt import StepContext
from app.engine.attempts.runners import Room
from app.engine.config import EngineConfig
from app.engine.definitions.compiled import CompiledNode, CompiledWorkflow
from app.engine.wakeups.aftermath import Aftermath
from app.engine.wakeups.message import WakeUp
from app.engine.walk.changes import ChangeSet, NeedsLock, NoLedger, stored_ledger, visit_of
from app.engine.walk.context import ExecutionContext
from app.graph.model import Graph, Node, OnLost
from app.graph.planning.plan import Moves, Visit
from app.storage.clock import clock
from app.storage.database import Cursor
from app.storage.json_text import dumps
from app.storage.rows import FoundStep, StepRow
from app.storage.statuses import ExecutionStatus, StepStatus
from app.storage.walk.lock import LockedExecution

#: READY steps of one execution from which on other processes are asked to run some.
SHARED = 8

#: What a transition takes for granted that does not hold its execution.
PRESUMED = LockedExecution(ExecutionStatus.RUNNING, None, 1, {})


@dataclass(frozen=True)
class Claim:
    """The right to record a step's result; valid while its number is the step's newest."""

    node_id: str
    visit: int
    number: int
    #: The process that holds it: after a failover that lost commits, another one may hold the same number.
    process: str | None = None
    #: See ``Transition.is_suspect``.
    is_suspect: bool = False


@dataclass  # Not frozen: that takes three times as long to make, and each step has one.
class ClaimedStep:
    """A step that this worker has claimed, with all that its handler needs."""

    compiled: CompiledNode
    context: StepContext
    #: The step as it is written.
    row: StepRow
    #: True where an earlier wake-up had no effect: see ``Transition.is_suspect``.
    is_suspect: bool = False
    #: The number of handlers that its process may run meanwhile, its own included; None: any number.
    isolation: int | None = None

    @property
    def claim(self) -> Claim:
        return Claim(self.row.node_id, self.row.visit, self.row.claim, self.row.claimed_by, self.is_suspect)


@dataclass
class Transition:
    """
    One transaction on one execution, from its lock to its commit.

    ``resuming`` opens it with what has happened, ``settling`` records results, ``advancing`` starts what follows, and
    ``completion`` writes and commits it. ``aftermath`` is what is left to be done after that.
    """

    changes: ChangeSet
    context: ExecutionContext
    config: EngineConfig
    #: The handlers that the caller can start; None: it runs none, and leaves all steps to workers.
    room: Room | None = None
    #: Visits that the plan has started and that have no row yet.
    frontier: deque[Visit] = field(default_factory=deque)
    wake_ups: list[WakeUp] = field(default_factory=list)
    claimed: list[ClaimedStep] = field(default_factory=list)
    #: Wake-ups of READY steps for which there was no room.
    left: list[WakeUp] = field(default_factory=list)
    #: Wake-ups of the execution for READY steps that compute, while this process runs another one.
    left_computing: list[WakeUp] = field(default_factory=list)
    #: The least number of handlers that may run beside one of them, itself included; None: any number.
    isolation: int | None = None
    #: Number of new READY steps for which there was no room, and which have no wake-ups of their own.
    ready: int = 0
    #: True where stored steps that wait have to be cancelled before this is written.
    stopping: bool = False
    #: True where a step has begun to wait for an event, which may have come before.
    needs_match: bool = False
    #: True where an earlier wake-up had no effect: what follows may have ended its worker, or taken too long for a
    #: transaction. Then no node runs inside this one, and each gets a row of its own, which is claimed and counted.
    is_suspect: bool = False

    def __post_init__(self) -> None:
        self.context.max_collected_bytes = self.config.limits.max_collected_bytes
        self.context.begin_transaction()
        self._until = monotonic() + self.config.inline

    @property
    def workflow(self) -> CompiledWorkflow:
        return self.context.workflow

    @property
    def graph(self) -> Graph:
        return self.context.workflow.graph

    @property
    def aftermath(self) -> Aftermath:
        shared = [WakeUp(self.changes.execution_id)] if self.ready >= SHARED else []
        return Aftermath(wake_ups=(*self.wake_ups, *shared), match=self.needs_match, tells=self.tells)

    @property
    def tells(self) -> bool:
        """True where the execution begins or ends, or a step begins to wait: that may be an event of the engine."""
        changes = self.changes
        return changes.status != changes.locked.status or any(row.status == StepStatus.WAITING for row in changes.rows)

    @property
    def in_time(self) -> bool:
        """True where there is time and memory for another step in this transaction."""
        return not self.is_suspect and monotonic() < self._until and not self.context.is_full

    def runs_again(self, step: FoundStep) -> bool:
        """False for a step that was lost, and whose node says that it fails then, or asks a person."""
        compiled = self.workflow.nodes.get(step.node_id)
        if not step.outcome_is_unknown or compiled is None or compiled.pure:
            return True
        return compiled.node.on_lost is OnLost.AGAIN

    def plan(self, moves: Moves) -> None:
        """Add what the plan starts and skips."""
        self.frontier.extend(moves.started)
        for visit in moves.skipped:
            row = self.changes.new_row(visit, self.graph.nodes[visit.node].type)
            row.status, row.finished_at = StepStatus.SKIPPED, now()
        if moves.overrun:
            self._fail_overrun(moves.overrun)

    def _fail_overrun(self, visit: Visit) -> None:
        node = self.graph.nodes[visit.node]
        error = max_visits_error(node)
        row = self.changes.new_row(visit, node.type)
        row.status, row.error = StepStatus.FAILED, dumps(error)
        row.started_at = row.finished_at = now()
        if not self.changes.stopped:
            self.fail(error, node.id)

    def wake(self, step: StepRow | FoundStep, countdown: float | None = None) -> None:
        """Have a worker look at this step after the commit; ``countdown`` is in seconds from now."""
        queue = self.config.queue_of(step.type)
        since = monotonic() if countdown else None
        self.wake_ups.append(WakeUp(self.changes.execution_id, step.node_id, step.visit, countdown, queue, since))

    def step_context(self, compiled: CompiledNode, row: StepRow) -> StepContext:
        """Return what the node can see."""
        if row.compensates:
            return self.context.compensation(self.changes.cursor, compiled, row.compensates)
        return self.context.step_context(self.changes.cursor, compiled, visit_of(row))

    def fail(self, error: dict[str, Any], node_id: str | None) -> None:
        """Fail the execution for this reason."""
        self.changes.columns["error"] = dumps({**error, "node_id": node_id})
        self.stop(ExecutionStatus.FAILED)

    def stop(self, status: ExecutionStatus) -> None:
        """
        Start nothing new and let running steps finish; end now with this status, or after the compensations.

        Raises NeedsLock.
        """
        changes = self.changes
        if isinstance(changes.ledger, NoLedger):
            raise NeedsLock
        fresh = [step.row for step in self.claimed]
        for row in changes.rows:
            if row.status in (StepStatus.READY, StepStatus.WAITING) or any(row is each for each in fresh):
                row.status, row.finished_at, row.check_in = StepStatus.CANCELLED, now(), None
        self.claimed.clear()
        self.wake_ups.clear()
        self.left.clear()
        self.left_computing.clear()
        self.ready = 0
        self.stopping = changes.cancels_waits = True
        changes.leave_queue()
        if self.workflow.compensates:
            changes.closing, changes.status = status, ExecutionStatus.RUNNING
            changes.columns.update(closing=status, status=ExecutionStatus.RUNNING)
        else:
            changes.end(status)


def locked_transition(
    cursor: Cursor,
    context: ExecutionContext,
    locked: LockedExecution,
    config: EngineConfig,
    room: Room | None = None,
) -> Transition:
    """Return the transition of an execution whose row the transaction holds; without ``room`` it claims nothing."""
    ledger = stored_ledger(cursor, context.execution_id, locked)
    changes = ChangeSet(cursor, context.execution_id, locked, ledger, config.grace)
    return Transition(changes, context, config, room)


def unlocked_transition(cursor: Cursor, context: ExecutionContext, config: EngineConfig, room: Room) -> Transition:
    """
    Return the transition of an execution that is presumed to run, with one live step, and whose row is not held.

    Whatever needs to know more raises NeedsLock.
    """
    return Transition(ChangeSet(cursor, context.execution_id, PRESUMED, NoLedger()), context, config, room)


def max_visits_error(node: Node) -> dict[str, str]:
    message = f"Node {node.id} would run more than {node.max_visits} times, which is its max_visits."
    return {"type": "MaxVisits", "message": message}


def now() -> datetime:
    return clock.now()
