"""One transaction of a walk: a result recorded, what follows planned, nodes without effects run, a step claimed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from time import monotonic
from typing import Any

from app.engine.inputs import Settled, format_scope, parse_scope
from app.engine.program import Prepared, Program
from app.engine.recall import Recall
from app.engine.registry import Services
from app.engine.runner import Limits, Surroundings, Try, failure, idempotency_key, run
from app.engine.wakeups import WakeUp
from app.graph import plan
from app.graph.plan import Ledger, Moves, Outcome, Tally, Turn
from app.storage import steps as statements
from app.storage.documents import dumps, loads
from app.storage.ids import new_id
from app.storage.statuses import TERMINAL, ExecutionStatus, StepStatus
from app.storage.steps import Cursor, FoundStep, Locked, StepRow, Writes

_LIVE = (StepStatus.READY, StepStatus.RUNNING, StepStatus.WAITING)


@dataclass(frozen=True)
class Pace:
    """How long things may take, in seconds, and how much one transaction may do."""

    #: A claim without news for this long is given to another worker.
    lease: float = 12.0
    #: A wake-up that has not led to anything for this long may be lost.
    grace: float = 5.0
    #: What is due later than this is not given to the broker yet.
    horizon: float = 60.0
    #: One transaction runs nodes without effects for this long at most.
    inline: float = 0.2
    #: Channels by role, and what handlers are allowed.
    channels: Mapping[str, list[str]] = field(default_factory=dict)
    allow_private_addresses: bool = False


@dataclass(frozen=True)
class ClaimOf:
    """Whose result is recorded: valid only while the claim is the newest."""

    node_id: str
    visit: int
    claim: int


@dataclass(frozen=True)
class Claimed:
    """A step that this worker holds, with all that its handler needs."""

    node_id: str
    visit: int
    attempt: int
    claim: int
    prepared: Prepared
    around: Surroundings

    @property
    def claim_of(self) -> ClaimOf:
        return ClaimOf(self.node_id, self.visit, self.claim)


class Transaction:
    """What one worker does to one execution while it holds its lock."""

    def __init__(
        self, cursor: Cursor, recall: Recall, locked: Locked, pace: Pace, limits: Limits, *, can_claim: bool = True
    ) -> None:
        self.cursor = cursor
        self.recall = recall
        self.program: Program = recall.program
        self.graph = recall.program.graph
        self.locked = locked
        self.pace = pace
        self.limits = limits
        #: False where the caller runs no handlers: what could be claimed is left to others.
        self.can_claim = can_claim
        self.ledger = Ledger(load=self._load_tally, visits=dict(locked.visits))
        self.rows: list[StepRow] = []
        self.notifications: list[tuple[str, Any, Any]] = []
        self.frontier: deque[Turn] = deque()
        self.wake_ups: list[WakeUp] = []
        self.claimed: Claimed | None = None
        #: Wake-ups that this transaction has seen to.
        self.taken: tuple[WakeUp, ...] = ()
        self.cancelled = 0
        self.changes: dict[str, Any] = {}
        self.status = locked.status
        self.closing = locked.closing
        self._until = monotonic() + pace.inline

    @property
    def stopped(self) -> bool:
        """True where nothing new may start any more."""
        return self.status in TERMINAL or self.closing is not None

    # --- how a transaction begins -------------------------------------------------------------------------------

    def begin(self) -> None:
        """The entries of an execution that no worker has looked at yet."""
        self.status = ExecutionStatus.RUNNING
        self.changes.update(status=self.status, started_at=True, look_at=None)
        self._plan(plan.begin(self.graph, self.ledger))

    def record(self, claim: ClaimOf, result: Try) -> bool:
        """A handler's result; False where another worker has the step by now."""
        step = self.locked.step
        if step is None or step.status != StepStatus.RUNNING or step.claim != claim.claim:
            return False
        self._settle(self._row(step), result)
        return True

    def take(self, step: FoundStep | None, *, resumed: bool = False) -> bool:
        """A step that a wake-up names: claimed, run at once, or resumed; False where there is nothing to do."""
        if step is None or self.status == ExecutionStatus.PAUSED or (self.stopped and step.compensates is None):
            return False
        if step.status == StepStatus.WAITING:
            return self._resume(step, resumed)
        if step.status != StepStatus.READY:
            return False
        return self._start_stored(step)

    def take_sibling(self, wake_up: WakeUp) -> None:
        """A step of the same execution that this worker has at hand anyway."""
        step = statements.find_step(self.cursor, self.recall.execution_id, wake_up.node_id, wake_up.visit)
        self.take(step)
        self.taken = (wake_up,)

    def _resume(self, step: FoundStep, resumed: bool) -> bool:
        early = step.due_in is not None and step.due_in > 0.003
        if early or (step.due_in is None and not resumed):
            if early and step.due_in is not None and step.due_in < 1:
                self.wake_ups.append(self._wake_up(step.node_id, step.visit, step.due_in))
            return False
        if step.resume == "run":
            return self._start_stored(step)
        row = self._row(step)
        row.output = None if step.output is None else dumps(step.output)
        self._complete(row, step.took, None if step.output is None else step.output)
        return True

    def _start_stored(self, step: FoundStep) -> bool:
        prepared = self.program.nodes[step.node_id]
        if prepared.pure:
            row = self._row(step)
            row.started_at = _now()
            self._settle(row, self._run(prepared, _turn(row), row))
            return True
        if not self.can_claim or self.claimed is not None:
            return False
        self._claim(prepared, self._row(step))
        return True

    # --- what follows -------------------------------------------------------------------------------------------

    def walk_on(self) -> None:
        """Start what the plan says: nodes without effects at once, one other claimed, the rest left to others."""
        while self.frontier:
            turn = self.frontier.popleft()
            prepared = self.program.nodes[turn.node]
            row = self._new_row(turn, prepared)
            if self.stopped:
                row.status, row.finished_at = StepStatus.CANCELLED, _now()
            elif self.status == ExecutionStatus.PAUSED:
                row.status = StepStatus.READY
            elif prepared.pure and monotonic() < self._until:
                row.started_at = _now()
                self._settle(row, self._run(prepared, turn, row))
            elif self.can_claim and self.claimed is None and not prepared.pure:
                self._claim(prepared, row)
            else:
                self._leave_to_others(row)

    def _run(self, prepared: Prepared, turn: Turn, row: StepRow) -> Try:
        if row.compensates:
            return run(prepared, self._compensation(row), self._services(row), self.limits)
        around = self.recall.surroundings(self.cursor, prepared, turn)
        return run(prepared, around, self._services(row, around), self.limits)

    def _services(self, row: StepRow, around: Surroundings | None = None) -> Services:
        return services(self.recall.execution_id, row.node_id, row.visit, row.attempt, around, self.pace)

    def _claim(self, prepared: Prepared, row: StepRow) -> None:
        row.status, row.claim, row.look_in = StepStatus.RUNNING, row.claim + 1, self.pace.lease
        row.started_at = row.started_at or _now()
        if row.compensates:
            around = self._compensation(row)
        else:
            around = self.recall.surroundings(self.cursor, prepared, _turn(row))
        self.claimed = Claimed(row.node_id, row.visit, row.attempt, row.claim, prepared, around)

    def _leave_to_others(self, row: StepRow) -> None:
        row.status, row.look_in = StepStatus.READY, self.pace.grace
        self.wake_ups.append(self._wake_up(row.node_id, row.visit))

    def _wake_up(self, node_id: str, visit: int, countdown: float | None = None) -> WakeUp:
        return WakeUp(self.recall.execution_id, node_id, visit, countdown)

    def _plan(self, moves: Moves) -> None:
        self.frontier.extend(moves.started)
        for turn in moves.skipped:
            row = self._new_row(turn, self.program.nodes[turn.node])
            row.status, row.finished_at = StepStatus.SKIPPED, _now()
        if moves.overrun:
            self._overrun(moves.overrun)

    def _overrun(self, turn: Turn) -> None:
        prepared = self.program.nodes[turn.node]
        message = f"Node {turn.node} would run {turn.visit} times; its max_visits is {prepared.node.max_visits}."
        row = self._new_row(turn, prepared)
        row.status, row.started_at = StepStatus.FAILED, _now()
        row.finished_at, row.error = row.started_at, dumps({"type": "MaxVisits", "message": message})
        self._fail({"type": "MaxVisits", "message": message}, turn.node)

    # --- how a step is settled ----------------------------------------------------------------------------------

    def _settle(self, row: StepRow, result: Try) -> None:
        row.look_in = row.due_in = None
        if result.error is not None:
            self._settle_failed(row, result)
            return
        self.notifications += [(row.node_id, a, b) for a, b in result.notifications]
        row.output = result.output
        took = plan.choose(self.graph, row.node_id, handles=result.handles, next=result.selected_next)
        if _leads_nowhere(self.graph, result, took, self.program.nodes[row.node_id]):
            message = f"Node {row.node_id} chose {result.selected_next}, to which no edge of it leads."
            self._settle_failed(row, failure("UnknownNext", message, may_retry=False))
        elif result.halted:
            self._wait(row, result, took)
        else:
            self._complete(row, took, loads(result.output) if result.output is not None else None)

    def _wait(self, row: StepRow, result: Try, took: str | None) -> None:
        if self.stopped:
            row.status, row.finished_at = StepStatus.CANCELLED, _now()
            return
        row.status, row.took, row.resume = StepStatus.WAITING, took, "complete"
        due_in = result.resume_in
        if result.resume_at is not None:
            due_in = (result.resume_at - _now()).total_seconds()
        self._due(row, due_in)

    def _due(self, row: StepRow, due_in: float | None) -> None:
        """When a waiting step is due, who looks after it until then."""
        if due_in is None:
            return
        row.due_in = max(due_in, 0.0)
        if row.due_in <= self.pace.horizon:
            row.look_in = row.due_in + self.pace.grace
            self.wake_ups.append(self._wake_up(row.node_id, row.visit, row.due_in))
        else:
            row.look_in = row.due_in - self.pace.horizon / 2

    def _complete(self, row: StepRow, took: str | None, output: Any) -> None:
        row.status, row.took, row.finished_at = StepStatus.COMPLETED, took, _now()
        row.look_in = row.due_in = row.resume = None
        if not row.compensates:
            self._go_on(row, Outcome.COMPLETED, took, output)

    def _go_on(self, row: StepRow, outcome: Outcome, took: str | None, output: Any) -> None:
        row.is_last = not plan.leads_on(self.graph, row.node_id, outcome, took)
        turn = _turn(row)
        self.recall.remember(Settled(row.node_id, turn.scope, row.status, took, output))
        self._plan(plan.advance(self.graph, self.ledger, turn, outcome, took))

    def _settle_failed(self, row: StepRow, result: Try) -> None:
        row.status, row.finished_at, row.error = StepStatus.FAILED, _now(), dumps(result.error)
        row.output = row.resume = None
        node = self.program.nodes[row.node_id].node
        wait = node.retry.wait_after(row.attempt) if result.may_retry else None
        if wait is not None and (not self.stopped or row.compensates):
            self._try_again(row, wait)
        elif row.compensates:
            return
        elif plan.catches(self.graph, row.node_id) or node.goes_on:
            self._caught(row, result)
        elif not self.stopped:
            self._fail(dict(result.error or {}), row.node_id)

    def _try_again(self, row: StepRow, wait: float) -> None:
        again = self._new_row(_turn(row), self.program.nodes[row.node_id], attempt=row.attempt + 1)
        again.visit, again.scope, again.compensates = row.visit, row.scope, row.compensates
        again.status, again.resume = StepStatus.WAITING, "run"
        if self.status != ExecutionStatus.PAUSED:
            self._due(again, wait)
        else:
            again.due_in = wait

    def _caught(self, row: StepRow, result: Try) -> None:
        output = {"error": dict(result.error or {})}
        row.output = dumps(output)
        outcome = Outcome.CAUGHT if plan.catches(self.graph, row.node_id) else Outcome.COMPLETED
        self._go_on(row, outcome, None, output)

    # --- how an execution ends ----------------------------------------------------------------------------------

    def _fail(self, error: dict[str, Any], node_id: str | None) -> None:
        self.changes["error"] = dumps({**error, "node_id": node_id})
        self.stop(ExecutionStatus.FAILED)

    def stop(self, status: ExecutionStatus) -> None:
        """Nothing new starts; what is running finishes; the execution ends now, or after its compensations."""
        for row in self.rows:
            if row.status in (StepStatus.READY, StepStatus.WAITING):
                row.status, row.finished_at, row.look_in = StepStatus.CANCELLED, _now(), None
        self._unclaim()
        kept = [(row.node_id, row.visit, row.attempt) for row in self.rows if row.stored]
        self.cancelled += statements.cancel_waiting(self.cursor, self.recall.execution_id, kept)
        self.wake_ups.clear()
        if self.program.compensates:
            self.closing = status
            self.changes.update(closing=status, status=ExecutionStatus.RUNNING)
            self.status = ExecutionStatus.RUNNING
        else:
            self._end(status)

    def _unclaim(self) -> None:
        """A step that was claimed in this transaction has not begun."""
        if self.claimed is not None:
            for row in self.rows:
                if row.status == StepStatus.RUNNING:
                    row.status, row.finished_at, row.look_in = StepStatus.CANCELLED, _now(), None
            self.claimed = None

    def _end(self, status: str) -> None:
        self.status = status
        self.changes.update(status=status, finished_at=True, look_at=None, closing=None)

    @property
    def open_steps(self) -> int:
        """Steps that are READY, RUNNING or WAITING once this transaction is written."""
        live = sum(row.status in _LIVE for row in self.rows) - sum(row.stored for row in self.rows)
        return self.locked.open_steps + live - self.cancelled

    def finish(self) -> None:
        """Write everything and commit; where no path is left, the execution ends."""
        writes = Writes(self.cursor, self.recall.execution_id)
        if self.closing is not None and self.open_steps == 0:
            writes = self._compensate(writes)
        elif self.open_steps == 0 and self.status not in TERMINAL:
            self.changes["output"] = dumps(self._output())
            self._end(ExecutionStatus.COMPLETED)
        self._write(writes)
        writes.commit()

    def _write(self, writes: Writes) -> None:
        writes.steps(self.rows)
        for (key, scope), tally in self.ledger.changed.items():
            _write_tally(writes, key, format_scope(scope), tally)
        for node_id, notified, message in self.notifications:
            writes.notification(new_id(), node_id, notified, message)
        if self.open_steps != self.locked.open_steps:
            self.changes["open_steps"] = self.open_steps
        if self.ledger.visits != self.locked.visits:
            self.changes["visits"] = dumps(self.ledger.visits)
        if self.changes:
            writes.execution(self.changes)

    def _output(self) -> Any:
        """The output of the last node; of several, ``{node_id: output}``."""
        last: dict[str, Any] = {}
        if self.locked.status != ExecutionStatus.PENDING:
            last.update(statements.last_outputs(self.cursor, self.recall.execution_id))
        last.update({row.node_id: loads(row.output) for row in self.rows if row.is_last and row.output is not None})
        return next(iter(last.values())) if len(last) == 1 else last or None

    # --- compensation -------------------------------------------------------------------------------------------

    def _compensate(self, writes: Writes) -> Writes:
        """Undo completed steps, the one started last first, each before the next; then the execution ends."""
        while self.open_steps == 0 and self.closing is not None:
            self._write(writes)
            writes.flush()
            self._written()
            found = statements.to_compensate(self.cursor, self.recall.execution_id, self._compensatable())
            if found is None:
                self._end(self.closing)
                break
            self._undo(*found)
        return Writes(self.cursor, self.recall.execution_id)

    def _written(self) -> None:
        """What was sent to Postgres in this transaction is now what is stored."""
        self.locked = Locked(self.status, self.closing, self.open_steps, dict(self.ledger.visits), None)
        self.cancelled = 0
        self.rows, self.notifications, self.changes = [], [], {}
        self.ledger.changed.clear()

    def _compensatable(self) -> list[str]:
        nodes = self.graph.nodes
        return [node.id for node in nodes.values() if node.compensate in nodes]

    def _undo(self, node_id: str, visit: int) -> None:
        undoing = self.graph.nodes[node_id].compensate or ""
        prepared = self.program.nodes[undoing]
        row = self._new_row(Turn(undoing), prepared)
        row.visit = statements.next_visit(self.cursor, self.recall.execution_id, undoing)
        row.compensates = f"{node_id}:{visit}"
        if prepared.pure:
            row.started_at = _now()
            self._settle(row, self._run(prepared, Turn(undoing), row))
        elif self.can_claim:
            self._claim(prepared, row)
        else:
            self._leave_to_others(row)

    def _compensation(self, row: StepRow) -> Surroundings:
        """A compensation's input is the output of the step that it undoes; it can refer to every output."""
        found = statements.outputs(self.cursor, self.recall.execution_id, None)
        outputs = {node: output for node, _, _, _, output in found}
        undone = (row.compensates or "").rpartition(":")[0]
        begun = self.recall.begun
        return Surroundings(self.recall.execution_id, begun.payload, begun.event, outputs, outputs.get(undone))

    # --- rows ---------------------------------------------------------------------------------------------------

    def _new_row(self, turn: Turn, prepared: Prepared, *, attempt: int = 1) -> StepRow:
        row = StepRow(
            node_id=turn.node,
            visit=turn.visit,
            attempt=attempt,
            id=new_id(),
            type=prepared.node.type,
            status=StepStatus.READY,
            scope=format_scope(turn.scope),
        )
        self.rows.append(row)
        return row

    def _row(self, step: FoundStep) -> StepRow:
        row = StepRow(
            node_id=step.node_id,
            visit=step.visit,
            attempt=step.attempt,
            id=step.id,
            type=step.type,
            status=step.status,
            scope=step.scope,
            claim=step.claim,
            compensates=step.compensates,
            started_at=step.started_at,
            stored=True,
        )
        self.rows.append(row)
        return row

    def _load_tally(self, key: plan.Key) -> Tally | None:
        if self.locked.status == ExecutionStatus.PENDING:
            return None
        row = statements.tally(self.cursor, self.recall.execution_id, key[0], format_scope(key[1]))
        if row is None:
            return None
        held = tuple((int(index), taken) for index, taken in (row[3] or {}).items())
        return Tally(row[0], row[1], row[2], held)


def services(
    execution_id: str, node_id: str, visit: int, attempt: int, around: Surroundings | None, pace: Pace
) -> Services:
    """What a handler is given for one try."""
    return Services(
        idempotency_key=idempotency_key(execution_id, node_id, visit),
        attempt=attempt,
        visit=visit,
        input=around.input if around else None,
        outputs=around.outputs if around else {},
        event=around.event if around else {},
        channels=pace.channels,
        allow_private_addresses=pace.allow_private_addresses,
    )


def _leads_nowhere(graph: plan.Graph, result: Try, took: str | None, prepared: Prepared) -> bool:
    """True where a handler that is not known to choose named a node that exists, without an edge to it."""
    return took == plan.NOWHERE and not prepared.node.traits.chooses and result.selected_next in graph.nodes


def _write_tally(writes: Writes, key: str, scope: str, tally: Tally | None) -> None:
    if tally is None:
        writes.forget_tally(key, scope)
    else:
        writes.tally(key, scope, tally.taken, tally.skipped, tally.settled, dict(tally.held))


def _turn(row: StepRow) -> Turn:
    return Turn(row.node_id, parse_scope(row.scope))


def _now() -> datetime:
    return datetime.now(timezone.utc)
