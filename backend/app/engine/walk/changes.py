"""The changes of one transaction on one execution: collected first, then sent in one round trip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.engine.walk.inputs import format_scope, parse_scope
from app.graph.planning import plan
from app.graph.planning.plan import JoinCount, Ledger, Visit
from app.storage.database import Cursor
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.storage.rows import RESUMED_EARLY, FoundStep, StepRow
from app.storage.statuses import TERMINAL, ExecutionStatus, StepStatus
from app.storage.waiting.fan_outs import ChildEnd, EndOfChild
from app.storage.walk import outputs
from app.storage.walk.lock import LockedExecution
from app.storage.walk.records import Record
from app.storage.walk.writes import Writes

#: The statuses of a step that its execution waits for.
LIVE = (StepStatus.READY, StepStatus.RUNNING, StepStatus.WAITING)


class NeedsLock(Exception):
    """The plan needs to know about other paths, which can be read only while the execution is locked."""


class NoLedger(Ledger):
    """The ledger of a transaction that does not hold the execution: it cannot be read."""

    def read(self, key: plan.Key) -> JoinCount:
        raise NeedsLock

    def visit(self, header: str) -> int:
        raise NeedsLock


@dataclass
class ChangeSet:
    """Rows to write, and the state of the execution after that."""

    cursor: Cursor
    execution_id: str
    locked: LockedExecution
    ledger: Ledger
    #: Seconds after which a timekeeper checks what is begun here.
    grace: float = 5.0
    rows: list[StepRow] = field(default_factory=list)
    #: The ids of stored steps that are changed.
    changed: set[str] = field(default_factory=set)
    #: Rows of other tables, each with the step that it belongs to.
    records: list[tuple[StepRow, Record]] = field(default_factory=list)
    #: True where waiting steps end without a signal: their approvals, fan-outs and subscriptions have to end too.
    cancels_waits: bool = False
    #: Columns of the execution.
    columns: dict[str, Any] = field(default_factory=dict)
    #: Ids of new steps that must not run inside a transaction.
    suspects: list[str] = field(default_factory=list)
    #: Number of steps that a statement has cancelled, which are not among the rows.
    cancelled: int = 0
    status: str = ""
    closing: str | None = None
    #: True while it waits for a slot of its lane.
    queued: bool = False

    def __post_init__(self) -> None:
        self.status, self.closing, self.queued = self.locked.status, self.locked.closing, self.locked.queued

    @property
    def stopped(self) -> bool:
        """True if nothing new may start any more."""
        return self.status in TERMINAL or self.closing is not None

    @property
    def suspended(self) -> bool:
        """True if nothing new may start for now: it is paused, or queued in its lane."""
        return self.status == ExecutionStatus.PAUSED or self.queued

    @property
    def open_steps(self) -> int:
        """Steps that are READY, RUNNING or WAITING once this is written."""
        live = sum(row.status in LIVE for row in self.rows) - sum(row.stored for row in self.rows)
        return self.locked.open_steps + live - self.cancelled

    def new_row(self, visit: Visit, type: str, *, attempt: int = 1) -> StepRow:
        """Add a step that does not exist yet."""
        row = StepRow(
            node_id=visit.node,
            visit=visit.visit,
            attempt=attempt,
            id=new_id(),
            type=type,
            status=StepStatus.READY,
            scope=format_scope(visit.scope),
        )
        self.rows.append(row)
        return row

    def stored_row(self, step: FoundStep) -> StepRow:
        """Add a change of a live step that is stored."""
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
        if step.resume == RESUMED_EARLY:
            row.resume = step.resume
        self.rows.append(row)
        self.changed.add(step.id)
        return row

    def count_cancelled(self, count: int) -> None:
        """Count waiting steps that a statement has cancelled, and release what they waited for."""
        self.cancelled += count
        self.cancels_waits = True

    def leave_queue(self) -> None:
        """Stop waiting for a slot: the execution is going to end."""
        if self.queued:
            self.queued = self.columns["queued"] = False

    def end(self, status: str) -> None:
        """Give the execution its last status."""
        self.leave_queue()
        self.status, self.closing = status, None
        self.columns.update(status=status, finished_at=True, closing=None)

    def write(self, *, commit: bool) -> None:
        """Send everything; without ``commit`` the transaction continues with what is now stored."""
        writes = self.writes()
        if commit:
            writes.commit()
        else:
            writes.flush()
            self._start_over()

    def write_child(self, end: EndOfChild) -> ChildEnd:
        """Send everything and commit the end of an execution that is a child."""
        return self.writes().commit_child(end)

    def writes(self) -> Writes:
        """Return the statements that write everything."""
        writes = Writes(self.cursor, self.execution_id, grace=self.grace)
        writes.steps(self.rows)
        for (key, scope), tally in self.ledger.changed.items():
            _write_tally(writes, key, format_scope(scope), tally)
        writes.records(self.records)
        if self.suspects:
            writes.mark_woken(self.suspects)
        if self.cancels_waits:
            writes.release_waits()
        self._write_execution(writes)
        return writes

    def _write_execution(self, writes: Writes) -> None:
        if self.open_steps != self.locked.open_steps:
            self.columns["open_steps"] = self.open_steps
        if self.ledger.visits != self.locked.visits:
            self.columns["loop_visits"] = dumps(self.ledger.visits)
        if self.columns:
            writes.execution(self.columns)

    def _start_over(self) -> None:
        visits = dict(self.ledger.visits)
        self.locked = LockedExecution(
            self.status, self.closing, self.open_steps, visits, lane=self.locked.lane, queued=self.queued
        )
        self.rows, self.records, self.columns, self.cancelled, self.cancels_waits = [], [], {}, 0, False
        self.changed, self.suspects = set(), []
        self.ledger.changed.clear()


def stored_ledger(cursor: Cursor, execution_id: str, locked: LockedExecution) -> Ledger:
    """Return the ledger of a locked execution; join counts come with the lock, or are read when needed."""

    def load(key: plan.Key) -> JoinCount | None:
        scope = format_scope(key[1])
        if locked.status == ExecutionStatus.PENDING or (key[0] in locked.looked_up and not scope):
            row = locked.join_counts.get((key[0], scope))
        else:
            row = outputs.fetch_join_count(cursor, execution_id, key[0], scope)
        if row is None:
            return None
        return JoinCount(row[0], row[1], row[2], tuple((row[3] or {}).items()))

    return Ledger(load=load, visits=dict(locked.visits))


def visit_of(row: StepRow) -> Visit:
    return Visit(row.node_id, parse_scope(row.scope))


def _write_tally(writes: Writes, key: str, scope: str, tally: JoinCount | None) -> None:
    if tally is None:
        writes.forget_tally(key, scope)
    else:
        writes.tally(key, scope, tally.taken, tally.skipped, tally.settled, dict(tally.held))
