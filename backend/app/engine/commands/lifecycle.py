"""The commands on an execution: cancel, pause, resume, wake, retry. Each is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath, wake_executions
from app.engine.wakeups.message import WakeUp
from app.engine.walk.completion import finish
from app.engine.walk.rounds import open_context
from app.engine.walk.transition import Transition, locked_transition
from app.errors import Conflict, NotFound
from app.flow_control.limits import lane_of
from app.storage import catalog
from app.storage.access.audit import Deed
from app.storage.database import Cursor, commit, driver
from app.storage.flow_control import lanes
from app.storage.json_text import dumps
from app.storage.statuses import TERMINAL, ExecutionStatus
from app.storage.walk import commands as statements
from app.storage.walk import lock, writes
from app.storage.walk.lock import LockedExecution


@dataclass(frozen=True)
class LockedCommand:
    """A command on an execution whose row it has locked."""

    context: EngineContext
    cursor: Cursor
    id: str
    locked: LockedExecution

    @property
    def state(self) -> str:
        return "closing" if self.locked.closing else self.locked.status

    def transition(self) -> Transition:
        """Return the transition of a process that runs no handlers."""
        execution = open_context(self.cursor, self.context.workflows, self.id, self.locked)
        return locked_transition(self.cursor, execution, self.locked, self.context.config)


@contextmanager
def locked_execution(
    context: EngineContext,
    execution_id: str,
    step: tuple[str | None, int | None] = (None, None),
    deed: Deed | None = None,
) -> Iterator[LockedCommand]:
    """
    Hold the row of an execution while it is changed, and commit what is open at the end.

    ``step``, a node and its visit, is read with it; ``deed`` is recorded with the lock. Raises NotFound.
    """
    with driver(context.engine) as connection, connection.cursor() as cursor:
        locked = lock.lock_execution(cursor, execution_id, [step], first=True, deed=deed)
        if locked is None:
            raise NotFound.of("Execution", execution_id)
        yield LockedCommand(context, cursor, execution_id, locked)
        commit(cursor)


def cancel(
    context: EngineContext,
    execution_id: str,
    deed: Deed | None = None,
    *,
    error: Mapping[str, Any] | None = None,
) -> Aftermath:
    """
    Start nothing new, let running steps finish, and undo what can be undone. Raises NotFound, Conflict.

    ``error``, a ``type`` and a ``message``, is recorded as the reason for which the engine cancels it.

    An execution that is closing already stops waiting for its compensations, and starts the next one.
    """
    with locked_execution(context, execution_id, deed=deed) as command:
        locked = command.locked
        cancelled = writes.cancel_compensations(command.cursor, execution_id) if locked.closing else 0
        if locked.status in TERMINAL or (locked.closing and not cancelled):
            raise Conflict(f"Execution {execution_id} is {command.state} and cannot be cancelled.")
        transition = command.transition()
        if cancelled:
            transition.changes.count_cancelled(cancelled)
        else:
            transition.stop(ExecutionStatus.CANCELLED)
            if error is not None:
                transition.changes.columns["error"] = dumps({**error, "node_id": None})
        finish(transition)
    return transition.aftermath


def pause(context: EngineContext, execution_id: str, deed: Deed | None = None) -> Aftermath:
    """Let running steps finish, and start nothing new until it is resumed. Raises NotFound, Conflict."""
    with locked_execution(context, execution_id, deed=deed) as command:
        if command.locked.status not in (ExecutionStatus.PENDING, ExecutionStatus.RUNNING) or command.locked.closing:
            raise Conflict(f"Execution {execution_id} is {command.state} and cannot be paused.")
        statements.pause_steps(command.cursor, execution_id)
    return Aftermath()


def resume(context: EngineContext, execution_id: str, deed: Deed | None = None) -> Aftermath:
    """Continue an execution that is paused. Raises NotFound, Conflict."""
    config = context.config
    with locked_execution(context, execution_id, deed=deed) as command:
        if command.locked.status != ExecutionStatus.PAUSED:
            raise Conflict(f"Execution {execution_id} is {command.state}, not paused.")
        if command.locked.queued and command.locked.lane:
            statements.resume_queued(command.cursor, execution_id)
            return wake_executions(lanes.admit_next(command.cursor, command.locked.lane, grace=config.grace))
        steps = statements.resume_steps(command.cursor, execution_id, grace=config.grace, horizon=config.horizon)
        if steps is None:
            return wake_executions([execution_id])
        return _wake_steps(context, execution_id, steps)


class NamedStep(NamedTuple):
    """A step by its id, and by its place in its execution."""

    id: str
    node_id: str
    visit: int


def wake(context: EngineContext, execution_id: str, named: NamedStep, deed: Deed | None = None) -> Aftermath:
    """
    End the wait of a step that waits for a time, or for its next attempt, now. Raises NotFound, Conflict.

    A wait for a person, an event or children goes on until that comes.
    """
    with locked_execution(context, execution_id, (named.node_id, named.visit), deed) as command:
        locked, step = command.locked, command.locked.step
        if locked.status == ExecutionStatus.PAUSED:
            raise Conflict(f"Execution {execution_id} is paused; resume it first.")
        is_over = locked.status in TERMINAL or (locked.closing and step is not None and step.compensates is None)
        if step is None or step.id != named.id or is_over:
            raise Conflict(f"Step {named.id} of node {named.node_id} does not wait any more.")
        if not statements.end_wait(command.cursor, execution_id, step, grace=context.config.grace):
            raise Conflict(f"Step {named.id} of node {named.node_id} is {step.status}, and waits for no time.")
    return _wake_steps(context, execution_id, [(step.node_id, step.visit, step.type, None)])


def retry(context: EngineContext, execution_id: str, deed: Deed | None = None) -> Aftermath:
    """Continue from what failed or was cancelled, keeping what completed. Raises NotFound, Conflict."""
    with locked_execution(context, execution_id, deed=deed) as command:
        locked, cursor, grace = command.locked, command.cursor, context.config.grace
        past = statements.fetch_past(cursor, execution_id)
        _require_retryable(command, past)
        if past.begun and not past.broken and not locked.open_steps:
            return _complete(command)
        may_begin = reserve_slot(cursor, execution_id, locked, past.uncounted_by)
        again = statements.retry_steps(cursor, execution_id, grace=grace)
        if not may_begin and locked.lane:
            lanes.queue_again(cursor, execution_id)
            return wake_executions(lanes.admit_next(cursor, locked.lane, grace=grace))
        if not past.begun:
            return wake_executions([execution_id])
        return _wake_steps(context, execution_id, [(*step, None) for step in again])


def _wake_steps(
    context: EngineContext, execution_id: str, steps: Iterable[tuple[str, int, str, float | None]]
) -> Aftermath:
    """Return the aftermath of steps that can go on: node, visit, type, seconds until it is due."""
    return Aftermath(
        wake_ups=tuple(
            WakeUp(execution_id, node, visit, due if due and due > 0 else None, context.config.queue_of(type))
            for node, visit, type, due in steps
        )
    )


def _require_retryable(command: LockedCommand, past: statements.Past) -> None:
    """Raise Conflict if there is nothing that a retry could continue."""
    if command.locked.status not in (ExecutionStatus.FAILED, ExecutionStatus.CANCELLED):
        raise Conflict(f"Execution {command.id} is {command.state}; only a failed or cancelled one can be retried.")
    if not past.started:
        raise Conflict(f"Execution {command.id} was never started, so there is nothing to retry: trigger it.")
    if past.compensated:
        raise Conflict(f"Execution {command.id} was compensated: what it had done is undone. Start a new one.")


def _complete(command: LockedCommand) -> Aftermath:
    """End an execution that was cancelled while its last handlers ran, which have completed since."""
    transition = replace(command, locked=replace(command.locked, status=ExecutionStatus.RUNNING)).transition()
    finish(transition)
    return transition.aftermath


def reserve_slot(cursor: Cursor, execution_id: str, locked: LockedExecution, uncounted_by: str | None) -> bool:
    """
    Return True if an execution that has ended may run again at once; its lanes are locked then.

    False if it has to wait for a slot, or to be counted by the lane ``uncounted_by``. Raises Conflict if the lane does
    not queue.
    """
    if locked.lane is None or locked.origin is None:
        return True
    workflow = locked.origin.workflow_id
    known = lanes.fetch_limits(cursor, locked.lane, workflow)
    wanted = {} if known is None else {known.name: known}
    if uncounted_by is not None:
        entry = catalog.fetch_entry(cursor, workflow)
        flow = None if entry is None else entry.flow
        for name in (locked.lane, uncounted_by):
            wanted.setdefault(name, lane_of(name, workflow, flow))
    rooms = lanes.enter_lanes(cursor, list(wanted.values())) if wanted else []
    for room in rooms:
        if room.is_full and room.lane.on_limit != lanes.QUEUE:
            raise Conflict(f"Execution {execution_id} cannot be retried now: {lanes.describe_limit(room.lane)}.")
    return uncounted_by is None and all(room.is_free for room in rooms)
