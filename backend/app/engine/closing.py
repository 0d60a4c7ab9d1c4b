"""How a transaction ends, and with it perhaps the execution: cancelled steps, compensations, the output."""

from __future__ import annotations

from typing import Any

from app.engine.turn import Transaction
from app.engine.wakeups import WakeUp
from app.graph.plan import Turn
from app.storage import lanes, outputs, steps
from app.storage.documents import dumps, loads
from app.storage.fan_outs import EndOfChild
from app.storage.statuses import TERMINAL, ExecutionStatus

#: Steps to undo that are asked for at once.
AT_ONCE = 100


def finish(transaction: Transaction) -> None:
    """Write everything and commit; where no path is left, the execution ends."""
    draft = transaction.draft
    if transaction.program.fails_late and draft.open_steps == 0 and not draft.stopped:
        _fail_late(transaction)
    if transaction.stopping:
        kept = [(row.node_id, row.visit, row.attempt) for row in draft.rows if row.stored]
        draft.cancelled += steps.cancel_waiting(draft.cursor, draft.execution_id, kept)
    if draft.closing is not None:
        _compensate(transaction)
    elif draft.open_steps == 0 and draft.status not in TERMINAL:
        draft.changes["output"] = dumps(_output(transaction))
        draft.end(ExecutionStatus.COMPLETED)
    has_ended = draft.status in TERMINAL and "finished_at" in draft.changes
    if draft.locked.lane is not None and has_ended:
        _leave_lane(transaction, draft.locked.lane)
    if transaction.recall.begun.fan_out is not None and has_ended:
        _end_child(transaction, transaction.recall.begun.fan_out)
    else:
        draft.write(commit=True)


def _fail_late(transaction: Transaction) -> None:
    """All paths have ended; where one of them did so in failure, the execution fails."""
    draft = transaction.draft
    failed = outputs.failures(draft.cursor, draft.execution_id)
    failed += [(row.node_id, loads(row.error)) for row in draft.rows if row.error is not None and row.output is None]
    if failed:
        node_id, error = failed[0]
        message = " ".join(str(each["message"]) for _, each in failed)
        transaction.fail({**error, "message": message[:2000]}, node_id)


def _end_child(transaction: Transaction, fan_out: str) -> None:
    """Write everything and commit; the next child begins with it, or the parent's step is told."""
    draft = transaction.draft
    completed = draft.status == ExecutionStatus.COMPLETED
    ended = draft.write_child(EndOfChild(fan_out, completed, transaction.terms.grace))
    if ended.child:
        transaction.wake_ups.append(WakeUp(ended.child))
    if ended.told:
        transaction.wake_ups.append(WakeUp(*ended.told))


def _leave_lane(transaction: Transaction, lane: str) -> None:
    """The slot of an execution that ends goes to the next one, in the same transaction."""
    draft = transaction.draft
    next = lanes.admit(draft.cursor, lane, grace=transaction.terms.grace, but=draft.execution_id)
    transaction.wake_ups += [WakeUp(id) for id in next]


def _output(transaction: Transaction) -> Any:
    """The output of the last node; of several, ``{node_id: output}``."""
    draft = transaction.draft
    last: dict[str, Any] = {}
    if draft.locked.status != ExecutionStatus.PENDING:
        last.update(outputs.last_outputs(draft.cursor, draft.execution_id))
    last.update({row.node_id: loads(row.output) for row in draft.rows if row.is_last and row.output is not None})
    return next(iter(last.values())) if len(last) == 1 else last or None


def _compensate(transaction: Transaction) -> None:
    """Undo completed steps, the one started last first, each before the next; then the execution ends."""
    draft = transaction.draft
    nodes = transaction.graph.nodes
    undoable = [node.id for node in nodes.values() if node.compensate in nodes]
    left: list[tuple[str, int]] = []
    while draft.open_steps == 0 and draft.closing is not None:
        draft.write(commit=False)
        left = left or outputs.to_compensate(draft.cursor, draft.execution_id, undoable, limit=AT_ONCE)
        if left:
            _undo(transaction, *left.pop(0))
        else:
            draft.end(draft.closing)


def _undo(transaction: Transaction, node_id: str, visit: int) -> None:
    draft = transaction.draft
    prepared = transaction.program.nodes[transaction.graph.nodes[node_id].compensate or ""]
    row = draft.new_row(Turn(prepared.node.id), prepared.node.type)
    row.visit = outputs.next_visit(draft.cursor, draft.execution_id, prepared.node.id)
    row.compensates = f"{node_id}:{visit}"
    if not transaction.runs_here(prepared):
        transaction.leave_to_others(row)
    elif prepared.pure and transaction.in_time:
        transaction.run_inline(prepared, row)
    elif transaction.can_claim and not prepared.pure:
        transaction.claim(prepared, row)
    else:
        transaction.leave_to_others(row)
