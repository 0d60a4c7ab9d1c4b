"""Completion: write and commit a transition; end the execution if no path is left, or compensate it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.engine.wakeups.message import WakeUp
from app.engine.walk.advancing import start
from app.engine.walk.transition import Transition
from app.graph.planning.plan import Visit
from app.storage.flow_control import lanes
from app.storage.json_text import dumps, loads
from app.storage.statuses import TERMINAL, ExecutionStatus
from app.storage.waiting.fan_outs import EndOfChild
from app.storage.walk import outputs, writes
from app.storage.walk.outputs import LastOutputs

#: Steps to compensate that are read at once.
COMPENSATIONS_AT_ONCE = 100


def finish(transition: Transition) -> None:
    """Write everything and commit; end the execution if no path is left."""
    conclude(transition)
    changes = transition.changes
    has_ended = changes.status in TERMINAL and "finished_at" in changes.columns
    if changes.locked.lane is not None and has_ended:
        _leave_lane(transition, changes.locked.lane)
    if transition.context.origin.fan_out is not None and has_ended:
        _end_child(transition, transition.context.origin.fan_out)
    else:
        changes.write(commit=True)


def concerns_others(transition: Transition) -> bool:
    """Return True if the end of the execution locks rows of others: those of its lane, or of its parent's fan-out."""
    return transition.changes.locked.lane is not None or transition.context.origin.fan_out is not None


def finish_together(transitions: Sequence[Transition]) -> None:
    """Write the transitions of several executions, whose ends concern no others, and commit them together."""
    cursor, most = transitions[0].changes.cursor, transitions[0].config.limits.max_collected_bytes
    ending = [each.changes.execution_id for each in transitions if _has_stored_outputs(each)]
    last = outputs.last_outputs(cursor, ending, most=most) if ending else {}
    for transition in transitions:
        conclude(transition, last)
    writes.commit_many(cursor, [transition.changes.writes() for transition in transitions])


def conclude(transition: Transition, last: Mapping[str, LastOutputs] | None = None) -> None:
    """
    End the execution if no path is left, or undo what it has done; read and written in the open transaction.

    ``last`` holds the last outputs that are stored, by execution; None: they are read where they are needed.
    """
    changes = transition.changes
    if transition.workflow.defer_failure and changes.open_steps == 0 and not changes.stopped:
        _fail_late(transition)
    if changes.open_steps == 0 and not changes.stopped:
        _complete(transition, last)
    if transition.stopping:
        kept = [(row.node_id, row.visit, row.attempt) for row in changes.rows if row.stored]
        changes.cancelled += writes.cancel_waiting(changes.cursor, changes.execution_id, kept)
    if changes.closing is not None:
        _start_compensations(transition)


def _has_stored_outputs(transition: Transition) -> bool:
    """Return True if the execution ends with this transition, and began with an earlier one."""
    changes = transition.changes
    return changes.open_steps == 0 and not changes.stopped and changes.locked.status != ExecutionStatus.PENDING


def _complete(transition: Transition, stored: Mapping[str, LastOutputs] | None) -> None:
    """End an execution whose paths have all ended with its output; fail it if the output is too large."""
    changes, most = transition.changes, transition.config.limits.max_collected_bytes
    if stored is None and _has_stored_outputs(transition):
        stored = outputs.last_outputs(changes.cursor, [changes.execution_id], most=most)
    before = (stored or {}).get(changes.execution_id, LastOutputs({}, 0))
    size = before.size + sum(len(row.output) for row in changes.rows if row.is_last and row.output)
    if size > most:
        message = f"The outputs of the last nodes have {size} bytes; {most} are allowed."
        transition.fail({"type": "OutputTooLarge", "message": message}, None)
        return
    own = {row.node_id: loads(row.output) for row in changes.rows if row.is_last and row.output is not None}
    last = {**before.by_node, **own}
    # The output of the last node; of several, ``{node_id: output}``.
    changes.columns["output"] = dumps(next(iter(last.values())) if len(last) == 1 else last or None)
    changes.end(ExecutionStatus.COMPLETED)


def _fail_late(transition: Transition) -> None:
    """Fail an execution whose paths have all ended, if one of them failed."""
    changes = transition.changes
    failed = outputs.list_failures(changes.cursor, changes.execution_id)
    failed += [(row.node_id, loads(row.error)) for row in changes.rows if row.error is not None and row.output is None]
    if failed:
        node_id, error = failed[0]
        message = " ".join(str(each["message"]) for _, each in failed)
        transition.fail({**error, "message": message[:2000]}, node_id)


def _end_child(transition: Transition, fan_out: str) -> None:
    """Write everything and commit; start the next child, or signal the parent's step."""
    changes = transition.changes
    completed = changes.status == ExecutionStatus.COMPLETED
    ended = changes.write_child(EndOfChild(fan_out, completed, transition.config.grace))
    if ended.child:
        transition.wake_ups.append(WakeUp(ended.child))
    if ended.signalled:
        transition.wake_ups.append(WakeUp(*ended.signalled))


def _leave_lane(transition: Transition, lane: str) -> None:
    """Give the slot of an execution that ends to the next one, in the same transaction."""
    changes = transition.changes
    next = lanes.admit_next(changes.cursor, lane, grace=transition.config.grace, but=changes.execution_id)
    transition.wake_ups += [WakeUp(id) for id in next]


def _start_compensations(transition: Transition) -> None:
    """Compensate completed steps one by one, the newest first; then end the execution."""
    changes = transition.changes
    nodes = transition.graph.nodes
    undoable = [node.id for node in nodes.values() if node.compensate in nodes]
    left: list[tuple[str, int]] = []
    while changes.open_steps == 0 and changes.closing is not None:
        changes.write(commit=False)
        left = left or outputs.list_to_compensate(
            changes.cursor, changes.execution_id, undoable, limit=COMPENSATIONS_AT_ONCE
        )
        if left:
            _undo(transition, *left.pop(0))
        else:
            changes.end(changes.closing)


def _undo(transition: Transition, node_id: str, visit: int) -> None:
    changes = transition.changes
    compiled = transition.workflow.nodes[transition.graph.nodes[node_id].compensate or ""]
    row = changes.new_row(Visit(compiled.node.id), compiled.node.type)
    row.visit = outputs.next_visit(changes.cursor, changes.execution_id, compiled.node.id)
    row.compensates = f"{node_id}:{visit}"
    start(transition, compiled, row)
