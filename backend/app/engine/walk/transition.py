"""A turn of a walk: a result recorded, what follows planned, nodes without effects run, a step claimed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from random import random
from time import monotonic
from typing import Any

from app.engine.attempts.attempt import AttemptResult, StepContext, failure, run_attempt
from app.engine.config import EngineConfig
from app.engine.definitions.compiled import CompiledNode
from app.engine.waiting.children import find_workflow
from app.engine.waiting.signals import signal_result
from app.engine.wakeups.message import WakeUp
from app.engine.walk.changes import LIVE, ChangeSet, NeedsLock, NoLedger, stored_ledger, visit_of
from app.engine.walk.context import ExecutionContext
from app.engine.walk.inputs import SettledStep
from app.graph.model import Node
from app.graph.planning import plan
from app.graph.planning.plan import Moves, Outcome, Visit
from app.storage.database import Cursor
from app.storage.json_text import dumps, loads
from app.storage.queue_progress import SUSPENDED_CHECK
from app.storage.rows import FoundStep, StepRow
from app.storage.statuses import ExecutionStatus, StepStatus
from app.storage.waiting import signals
from app.storage.walk import writes
from app.storage.walk.lock import LockedExecution
from app.storage.walk.records import NOTIFICATION, WAIT


@dataclass(frozen=True)
class Claim:
    """Whose result is recorded: valid only while the claim is the newest."""

    node_id: str
    visit: int
    claim: int


@dataclass(frozen=True)
class ClaimedStep:
    """A step that this worker holds, with all that its handler needs."""

    compiled: CompiledNode
    context: StepContext
    #: The step as it is written.
    row: StepRow

    @property
    def claim_of(self) -> Claim:
        return Claim(self.row.node_id, self.row.visit, self.row.claim)


class Transition:
    """What one worker does to one execution while it holds its lock."""

    def __init__(
        self,
        cursor: Cursor,
        context: ExecutionContext,
        locked: LockedExecution,
        config: EngineConfig,
        *,
        can_claim: bool = True,
        held: bool = True,
    ) -> None:
        ledger = stored_ledger(cursor, context.execution_id, locked) if held else NoLedger()
        self.draft = ChangeSet(cursor, context.execution_id, locked, ledger)
        self.context = context
        context.forget_loops()
        self.workflow = context.workflow
        self.graph = context.workflow.graph
        self.config = config
        #: False where the caller runs no handlers: what could be claimed is left to others.
        self.can_claim = can_claim
        self.frontier: deque[Visit] = deque()
        self.wake_ups: list[WakeUp] = []
        self.claimed: ClaimedStep | None = None
        #: True where steps that wait in Postgres have to be cancelled before this is written.
        self.stopping = False
        #: True where a step has begun to wait for an event, which may have come before.
        self.looks_back = False
        self._until = monotonic() + config.inline

    @property
    def in_time(self) -> bool:
        """True where there is time for another step in this transaction."""
        return monotonic() < self._until

    @property
    def can_go_on(self) -> bool:
        """True where there is time for another step in this transaction, and nothing is claimed yet."""
        return self.can_claim and self.claimed is None and self.in_time

    # --- how it begins ------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The entries of an execution that no worker has looked at yet."""
        self.draft.status = ExecutionStatus.RUNNING
        self.draft.changes.update(status=ExecutionStatus.RUNNING, started_at=True, next_check_at=None)
        self._plan(plan.begin(self.graph, self.draft.ledger))

    def record(self, claim: Claim, result: AttemptResult) -> bool:
        """A handler's result; False where another worker has the step by now."""
        step = self.draft.locked.step
        if step is None or step.status != StepStatus.RUNNING or step.claim != claim.claim:
            return False
        self._settle(self.draft.stored_row(step), result)
        return True

    def exchange(self, step: ClaimedStep, result: AttemptResult) -> bool:
        """
        Record a result and claim the next step, without the lock, where this path goes straight on.

        False where the claim is lost or the execution does not simply run. Raises NeedsLock where the path forks,
        joins, waits or ends: others have to be asked, or told.
        """
        settled = replace(step.row, stored=True)
        draft = self.draft
        draft.rows.append(settled)
        self._settle(settled, result)
        self.walk_on()
        live = [row for row in draft.rows if row.status in LIVE]
        if self.claimed is None or live != [self.claimed.row] or self.wake_ups or draft.changes:
            raise NeedsLock
        if any(record.kind != NOTIFICATION for _, record in draft.records):
            raise NeedsLock
        # Each number of rows is a prepared statement of its own, so only the common ones are.
        if len(draft.rows) > writes.ROWS or len(draft.records) > writes.ROWS:
            raise NeedsLock
        return writes.exchange_steps(draft.cursor, draft.execution_id, settled, draft.rows[1:], draft.records)

    def take(self, step: FoundStep | None, *, resumed: bool = False) -> bool:
        """A step that a wake-up names: claimed, run at once, or resumed; False where there is nothing to do."""
        draft = self.draft
        if step is None:
            return False
        if draft.stopped and step.compensates is None:
            return self._end_left_step(step)
        if draft.suspended:
            return resumed and self._resume_later(step)
        if step.status == StepStatus.WAITING:
            return self._resume(step, resumed)
        if step.status == StepStatus.READY and step.claim >= self.config.max_worker_losses:
            self._settle(self.draft.stored_row(step), _poisoned(step))
            return True
        return step.status == StepStatus.READY and self._start_stored(step)

    def _end_left_step(self, step: FoundStep) -> bool:
        """End a step that a stopped execution still waits for, however it came to be left; False where it runs."""
        if step.status not in (StepStatus.READY, StepStatus.WAITING):
            return False
        row = self.draft.stored_row(step)
        if step.status == StepStatus.READY and step.claim > 0:
            message = f"The worker that ran node {step.node_id} was lost."
            self._settle(row, failure("WorkerLost", message, may_retry=False))
        else:
            row.status, row.finished_at = StepStatus.CANCELLED, now()
            self.draft.cancels_waits = True
        return True

    def _resume(self, step: FoundStep, resumed: bool) -> bool:
        if step.resume == "timeout" and self._hear(step):
            return True
        early = step.due_in is not None and step.due_in > 0.003
        if early or (step.due_in is None and not resumed):
            if early and step.due_in is not None and step.due_in < 1:
                self._wake(step, step.due_in)
            return False
        if step.resume == "run":
            return self._start_stored(step)
        if step.resume == "timeout":
            return step.due_in is not None and self._time_out(step)
        row = self.draft.stored_row(step)
        row.output = dumps(step.output)
        self._complete(row, step.branch, step.output)
        return True

    def _resume_later(self, step: FoundStep) -> bool:
        """What a step waits for, and nobody would say again, has come while nothing goes on: it is due from now on."""
        if step.status != StepStatus.WAITING or step.resume == "timeout" or step.due_in is not None:
            return False
        row = self.draft.stored_row(step)
        row.branch, row.resume, row.output = step.branch, step.resume, dumps(step.output)
        self._due(row, 0.0)
        return True

    def _hear(self, step: FoundStep) -> bool:
        """A step that waits for a signal goes on where one has come."""
        cursor = self.draft.cursor
        signal = signals.take_signal(cursor, self.draft.execution_id, step)
        if signal is None:
            return False
        node = self.graph.nodes[step.node_id]
        return self.signal(step, signal_result(cursor, signal, node, self.config.limits))

    def _time_out(self, step: FoundStep) -> bool:
        """A step that has waited for a signal as long as it may takes its handle ``timeout``, or fails."""
        self.draft.cancels_waits = True
        fallback_error = {
            "type": "Timeout",
            "message": f"Node {step.node_id} waited for longer than its max_wait_time.",
        }
        return self.signal(
            step, AttemptResult(output=dumps(step.output), handles=("timeout",), fallback_error=fallback_error)
        )

    def signal(self, step: FoundStep | None, result: AttemptResult) -> bool:
        """What a waiting step was waiting for has come, from outside; False where it does not wait for it any more."""
        if step is None or step.status != StepStatus.WAITING or step.resume != "timeout":
            return False
        if self.draft.stopped and step.compensates is None:
            return False
        self._settle(self.draft.stored_row(step), result)
        return True

    def _start_stored(self, step: FoundStep) -> bool:
        compiled = self.workflow.nodes[step.node_id]
        if step.visit > compiled.node.max_visits and step.compensates is None:
            self._settle(
                self.draft.stored_row(step), failure("MaxVisits", _describe_max_visits(compiled.node), may_retry=False)
            )
            return True
        if not self.runs_here(compiled):
            return False
        if compiled.pure:
            self.run_inline(compiled, self.draft.stored_row(step))
            return True
        if not self.can_claim or self.claimed is not None:
            return False
        self.claim(compiled, self.draft.stored_row(step))
        return True

    # --- what follows -------------------------------------------------------------------------------------------

    def walk_on(self) -> None:
        """Start what the plan says: nodes without effects at once, one other claimed, the rest left to others."""
        while self.frontier:
            turn = self.frontier.popleft()
            compiled = self.workflow.nodes[turn.node]
            row = self.draft.new_row(turn, compiled.node.type)
            if self.draft.stopped:
                row.status, row.finished_at = StepStatus.CANCELLED, now()
            elif self.draft.suspended:
                row.status, row.check_in = StepStatus.READY, SUSPENDED_CHECK
            elif not self.runs_here(compiled):
                self.leave_to_others(row)
            elif compiled.pure and self.in_time:
                self.run_inline(compiled, row)
            elif self.can_claim and self.claimed is None and not compiled.pure:
                self.claim(compiled, row)
            else:
                self.leave_to_others(row)

    def runs_here(self, compiled: CompiledNode) -> bool:
        """False where only the workers of another queue may run the node; what has no effects runs anywhere."""
        known_pure = compiled.pure and compiled.handler is not None
        return known_pure or self.config.consumes(self.config.queue_of(compiled.node.type))

    def run_inline(self, compiled: CompiledNode, row: StepRow) -> None:
        """A node without effects needs neither a claim nor a commit of its own."""
        row.started_at = now()
        context = self._surroundings(compiled, row)
        services = self.config.services(context, row)
        services.find_workflow = lambda reference: find_workflow(self.draft.cursor, self.context.workflows, reference)
        self._settle(row, run_attempt(compiled, context, services, self.config.limits))

    def claim(self, compiled: CompiledNode, row: StepRow) -> None:
        row.status, row.claim, row.check_in = StepStatus.RUNNING, row.claim + 1, self.config.lease
        row.started_at = row.started_at or now()
        self.claimed = ClaimedStep(compiled, self._surroundings(compiled, row), row)

    def leave_to_others(self, row: StepRow) -> None:
        row.status, row.check_in = StepStatus.READY, self.config.grace
        self._wake(row)

    def _surroundings(self, compiled: CompiledNode, row: StepRow) -> StepContext:
        if row.compensates:
            return self.context.compensation(self.draft.cursor, compiled, row.compensates)
        return self.context.surroundings(self.draft.cursor, compiled, visit_of(row))

    def _wake(self, step: StepRow | FoundStep, countdown: float | None = None) -> None:
        queue = self.config.queue_of(step.type)
        self.wake_ups.append(WakeUp(self.draft.execution_id, step.node_id, step.visit, countdown, queue))

    def _plan(self, moves: Moves) -> None:
        self.frontier.extend(moves.started)
        for turn in moves.skipped:
            row = self.draft.new_row(turn, self.graph.nodes[turn.node].type)
            row.status, row.finished_at = StepStatus.SKIPPED, now()
        if moves.overrun:
            self._overrun(moves.overrun)

    def _overrun(self, turn: Visit) -> None:
        node = self.graph.nodes[turn.node]
        error = {"type": "MaxVisits", "message": _describe_max_visits(node)}
        row = self.draft.new_row(turn, node.type)
        row.status, row.error = StepStatus.FAILED, dumps(error)
        row.started_at = row.finished_at = now()
        if not self.draft.stopped:
            self.fail(error, node.id)

    # --- how a step is settled ----------------------------------------------------------------------------------

    def _settle(self, row: StepRow, result: AttemptResult) -> None:
        row.check_in = row.due_in = None
        if result.error is not None:
            self._settle_failed(row, result)
            return
        branch = plan.choose(self.graph, row.node_id, handles=result.handles, next=result.selected_next)
        if branch is None and result.fallback_error is not None:
            self._settle_failed(row, AttemptResult(error=result.fallback_error, may_retry=False))
            return
        if self._leads_nowhere(row, result, branch):
            message = f"Node {row.node_id} chose {result.selected_next}, to which no edge of it leads."
            self._settle_failed(row, failure("UnknownNext", message, may_retry=False))
            return
        self.draft.records += [(row, record) for record in result.records]
        row.output = result.output
        if result.halted:
            self._wait(row, result, branch)
        else:
            self._complete(row, branch, loads(result.output or "null"))

    def _leads_nowhere(self, row: StepRow, result: AttemptResult, branch: str | None) -> bool:
        """True where a handler that is not known to choose named a node that exists, without an edge to it."""
        chooses = self.graph.nodes[row.node_id].traits.chooses
        return branch == plan.NOWHERE and not chooses and result.selected_next in self.graph.nodes

    def _wait(self, row: StepRow, result: AttemptResult, branch: str | None) -> None:
        if self.draft.stopped and row.compensates is None:
            row.status, row.finished_at = StepStatus.CANCELLED, now()
            return
        row.status, row.branch, row.resume = StepStatus.WAITING, branch, result.when_due
        self.wake_ups += [WakeUp(id) for record in result.records for id in record.begins]
        self.looks_back = self.looks_back or any(record.kind == WAIT for record in result.records)
        due_in = result.resume_in
        if result.resume_at is not None:
            due_in = (result.resume_at - now()).total_seconds()
        if due_in is not None:
            self._due(row, due_in)

    def _due(self, row: StepRow, due_in: float) -> None:
        """When a waiting step is due, and who looks after it until then."""
        row.due_in = max(due_in, 0.0)
        if self.draft.suspended:
            row.check_in = SUSPENDED_CHECK
        elif row.due_in <= self.config.horizon:
            row.check_in = row.due_in + self.config.late
            self._wake(row, row.due_in)
        else:
            row.check_in = row.due_in - self.config.horizon / 2

    def _complete(self, row: StepRow, branch: str | None, output: Any) -> None:
        row.status, row.branch, row.finished_at = StepStatus.COMPLETED, branch, now()
        row.check_in = row.due_in = row.resume = None
        if not row.compensates:
            self._go_on(row, Outcome.COMPLETED, branch, output)

    def _go_on(self, row: StepRow, outcome: Outcome, branch: str | None, output: Any) -> None:
        row.is_last = not plan.leads_on(self.graph, row.node_id, outcome, branch)
        turn = visit_of(row)
        self.context.remember(SettledStep(row.node_id, turn.scope, row.status, branch, output))
        self._plan(plan.advance(self.graph, self.draft.ledger, turn, outcome, branch))

    def _settle_failed(self, row: StepRow, result: AttemptResult) -> None:
        error = dict(result.error or {})
        row.status, row.finished_at, row.error = StepStatus.FAILED, now(), dumps(error)
        row.output = row.resume = None
        node = self.graph.nodes[row.node_id]
        wait = node.retry.wait_after(row.attempt, random()) if result.may_retry else None
        if wait is not None and (not self.draft.stopped or row.compensates):
            self._try_again(row, wait)
        elif row.compensates:
            return
        elif plan.catches(self.graph, row.node_id) or node.continue_on_error:
            self._catch(row, error)
        elif not self.draft.stopped and not node.defer_failure:
            self.fail(error, row.node_id)

    def _try_again(self, row: StepRow, wait: float) -> None:
        again = self.draft.new_row(visit_of(row), row.type, attempt=row.attempt + 1)
        again.visit, again.compensates = row.visit, row.compensates
        again.status, again.resume = StepStatus.WAITING, "run"
        self._due(again, wait)

    def _catch(self, row: StepRow, error: dict[str, Any]) -> None:
        output = {"error": error}
        row.output = dumps(output)
        caught = plan.catches(self.graph, row.node_id)
        self._go_on(row, Outcome.CAUGHT if caught else Outcome.COMPLETED, None, output)

    # --- how an execution stops ---------------------------------------------------------------------------------

    def fail(self, error: dict[str, Any], node_id: str | None) -> None:
        """The execution fails for this reason."""
        self.draft.changes["error"] = dumps({**error, "node_id": node_id})
        self.stop(ExecutionStatus.FAILED)

    def give_up(self, count: int) -> None:
        """So many steps that waited do so no more: what they waited for is let go."""
        self.draft.cancelled += count
        self.draft.cancels_waits = True

    def stop(self, status: ExecutionStatus) -> None:
        """Nothing new starts; what is running finishes; the execution ends now, or after its compensations."""
        draft = self.draft
        if isinstance(draft.ledger, NoLedger):
            raise NeedsLock
        fresh = self.claimed.row if self.claimed else None
        for row in draft.rows:
            if row.status in (StepStatus.READY, StepStatus.WAITING) or row is fresh:
                row.status, row.finished_at, row.check_in = StepStatus.CANCELLED, now(), None
        self.claimed = None
        self.wake_ups.clear()
        self.stopping = draft.cancels_waits = True
        draft.leave_queue()
        if self.workflow.compensates:
            draft.closing, draft.status = status, ExecutionStatus.RUNNING
            draft.changes.update(closing=status, status=ExecutionStatus.RUNNING)
        else:
            draft.end(status)


def _poisoned(step: FoundStep) -> AttemptResult:
    message = f"Node {step.node_id} is poisoned: {step.claim} workers were lost while they ran it."
    return failure("poisoned", message, may_retry=False)


def _describe_max_visits(node: Node) -> str:
    return f"Node {node.id} would run more than {node.max_visits} times, which is its max_visits."


def now() -> datetime:
    return datetime.now(timezone.utc)
