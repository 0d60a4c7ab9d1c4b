"""How a transaction ends, and with it perhaps the execution: cancelled steps, compensations, the output."""

from __future__ import annotations

from typing import Any

from app.engine.wakeups.message import WakeUp
from app.engine.walk.transition import Transition
from app.graph.planning.plan import Visit
from app.storage.flow_control import lanes
from app.storage.json_text import dumps, loads
from app.storage.statuses import TERMINAL, ExecutionStatus
from app.storage.waiting.fan_outs import EndOfChild
from app.storage.walk import outputs, writes

#: Steps to undo that are asked for at once.
COMPENSATIONS_AT_ONCE = 100


def finish(transaction: Transition) -> None:
    """Write everything and commit; where no path is left, the execution ends."""
    draft = transaction.draft
    if transaction.workflow.defer_failure and draft.open_steps == 0 and not draft.stopped:
        _fail_late(transaction)
    if transaction.stopping:
        kept = [(row.node_id, row.visit, row.attempt) for row in draft.rows if row.stored]
        draft.cancelled += writes.cancel_waiting(draft.cursor, draft.execution_id, kept)
    if draft.closing is not None:
        _start_compensations(transaction)
    elif draft.open_steps == 0 and draft.status not in TERMINAL:
        draft.changes["output"] = dumps(_output(transaction))
        draft.end(ExecutionStatus.COMPLETED)
    has_ended = draft.status in TERMINAL and "finished_at" in draft.changes
    if draft.locked.lane is not None and has_ended:
        _leave_lane(transaction, draft.locked.lane)
    if transaction.context.origin.fan_out is not None and has_ended:
        _end_child(transaction, transaction.context.origin.fan_out)
    else:
        draft.write(commit=True)


def _fail_late(transaction: Transition) -> None:
    """All paths have ended; where one of them did so in failure, the execution fails."""
    draft = transaction.draft
    failed = outputs.list_failures(draft.cursor, draft.execution_id)
    failed += [(row.node_id, loads(row.error)) for row in draft.rows if row.error is not None and row.output is None]
    if failed:
        node_id, error = failed[0]
        message = " ".join(str(each["message"]) for _, each in failed)
        transaction.fail({**error, "message": message[:2000]}, node_id)


def _end_child(transaction: Transition, fan_out: str) -> None:
    """Write everything and commit; the next child begins with it, or the parent's step is told."""
    draft = transaction.draft
    completed = draft.status == ExecutionStatus.COMPLETED
    ended = draft.write_child(EndOfChild(fan_out, completed, transaction.config.grace))
    if ended.child:
        transaction.wake_ups.append(WakeUp(ended.child))
    if ended.told:
        transaction.wake_ups.append(WakeUp(*ended.told))


def _leave_lane(transaction: Transition, lane: str) -> None:
    """The slot of an execution that ends goes to the next one, in the same transaction."""
    draft = transaction.draft
    next = lanes.admit_next(draft.cursor, lane, grace=transaction.config.grace, but=draft.execution_id)
    transaction.wake_ups += [WakeUp(id) for id in next]


def _output(transaction: Transition) -> Any:
    """The output of the last node; of several, ``{node_id: output}``."""
    draft = transaction.draft
    last: dict[str, Any] = {}
    if draft.locked.status != ExecutionStatus.PENDING:
        last.update(outputs.last_outputs(draft.cursor, draft.execution_id))
    last.update({row.node_id: loads(row.output) for row in draft.rows if row.is_last and row.output is not None})
    return next(iter(last.values())) if len(last) == 1 else last or None


def _start_compensations(transaction: Transition) -> None:
    """Undo completed steps, the one started last first, each before the next; then the execution ends."""
    draft = transaction.draft
    nodes = transaction.graph.nodes
    undoable = [node.id for node in nodes.values() if node.compensate in nodes]
    left: list[tuple[str, int]] = []
    while draft.open_steps == 0 and draft.closing is not None:
        draft.write(commit=False)
        left = left or outputs.list_to_compensate(
            draft.cursor, draft.execution_id, undoable, limit=COMPENSATIONS_AT_ONCE
        )
        if left:
            _undo(transaction, *left.pop(0))
        else:
            draft.end(draft.closing)


def _undo(transaction: Transition, node_id: str, visit: int) -> None:
    draft = transaction.draft
    compiled = transaction.workflow.nodes[transaction.graph.nodes[node_id].compensate or ""]
    row = draft.new_row(Visit(compiled.node.id), compiled.node.type)
    row.visit = outputs.next_visit(draft.cursor, draft.execution_id, compiled.node.id)
    row.compensates = f"{node_id}:{visit}"
    if not transaction.runs_here(compiled):
        transaction.leave_to_others(row)
    elif compiled.pure and transaction.in_time:
        transaction.run_inline(compiled, row)
    elif transaction.can_claim and not compiled.pure:
        transaction.claim(compiled, row)
    else:
        transaction.leave_to_others(row)
