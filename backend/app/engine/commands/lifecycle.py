"""What people can tell an execution: cancel, pause, resume, retry. Each is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import psycopg2

from app.engine.config import EngineContext
from app.engine.wakeups.message import WakeUp
from app.engine.walk.completion import finish
from app.engine.walk.transition import Transition
from app.engine.walk.walker import open_context
from app.errors import Conflict, NotFound
from app.flow_control.spec import lane_of
from app.storage import catalog
from app.storage.database import Cursor, driver
from app.storage.flow_control import lanes
from app.storage.statuses import TERMINAL, ExecutionStatus
from app.storage.walk import commands as statements
from app.storage.walk import lock, writes
from app.storage.walk.lock import LockedExecution


def cancel(context: EngineContext, execution_id: str) -> list[WakeUp]:
    """
    Start nothing more, let what runs finish, undo what can be undone. Raises NotFound, Conflict.

    While steps are undone, it ends the waiting of a compensation, and the next one begins.
    """

    def change(cursor: Cursor, locked: LockedExecution) -> list[WakeUp]:
        given_up = writes.cancel_compensations(cursor, execution_id) if locked.closing else 0
        if locked.status in TERMINAL or (locked.closing and not given_up):
            raise Conflict(f"Execution {execution_id} is {_state(locked)} and cannot be cancelled.")
        execution = open_context(cursor, context.workflows, execution_id, locked)
        transaction = Transition(cursor, execution, locked, context.config, can_claim=False)
        if given_up:
            transaction.give_up(given_up)
        else:
            transaction.stop(ExecutionStatus.CANCELLED)
        finish(transaction)
        return transaction.wake_ups

    return locked_execution(context, execution_id, change)


def pause(context: EngineContext, execution_id: str) -> list[WakeUp]:
    """Let what runs finish, start nothing new until it is resumed. Raises NotFound, Conflict."""

    def change(cursor: Cursor, locked: LockedExecution) -> list[WakeUp]:
        if locked.status not in (ExecutionStatus.PENDING, ExecutionStatus.RUNNING) or locked.closing:
            raise Conflict(f"Execution {execution_id} is {_state(locked)} and cannot be paused.")
        statements.pause_steps(cursor, execution_id)
        return []

    return locked_execution(context, execution_id, change)


def resume(context: EngineContext, execution_id: str) -> list[WakeUp]:
    """Go on where it was paused. Raises NotFound, Conflict."""

    def change(cursor: Cursor, locked: LockedExecution) -> list[WakeUp]:
        if locked.status != ExecutionStatus.PAUSED:
            raise Conflict(f"Execution {execution_id} is {_state(locked)}, not paused.")
        if locked.queued and locked.lane:
            statements.resume_queued(cursor, execution_id)
            return [WakeUp(id) for id in lanes.admit_next(cursor, locked.lane, grace=context.config.grace)]
        found = statements.resume_steps(
            cursor, execution_id, grace=context.config.grace, horizon=context.config.horizon
        )
        if found is None:
            return [WakeUp(execution_id)]
        return [
            WakeUp(execution_id, node, visit, due if due and due > 0 else None, context.config.queue_of(type))
            for node, visit, type, due in found
        ]

    return locked_execution(context, execution_id, change)


def retry(context: EngineContext, execution_id: str) -> list[WakeUp]:
    """Go on from what failed or was cancelled, keeping what completed. Raises NotFound, Conflict."""

    def change(cursor: Cursor, locked: LockedExecution) -> list[WakeUp]:
        if locked.status not in (ExecutionStatus.FAILED, ExecutionStatus.CANCELLED):
            raise Conflict(
                f"Execution {execution_id} is {_state(locked)}; only a failed or cancelled one can be retried."
            )
        past = statements.fetch_past(cursor, execution_id)
        if not past.started:
            raise Conflict(f"Execution {execution_id} was never started, so there is nothing to retry: trigger it.")
        if past.compensated:
            raise Conflict(f"Execution {execution_id} was compensated: what it had done is undone. Start a new one.")
        if past.begun and not past.broken and not locked.open_steps:
            return _complete(context, cursor, execution_id, locked)
        may_begin = reserve_slot(cursor, execution_id, locked, past.uncounted_by)
        again = statements.retry_steps(cursor, execution_id, grace=context.config.grace)
        if not may_begin and locked.lane:
            lanes.queue_again(cursor, execution_id)
            return [WakeUp(id) for id in lanes.admit_next(cursor, locked.lane, grace=context.config.grace)]
        if not past.begun:
            return [WakeUp(execution_id)]
        return [WakeUp(execution_id, node, visit, queue=context.config.queue_of(type)) for node, visit, type in again]

    return locked_execution(context, execution_id, change)


def _complete(context: EngineContext, cursor: Cursor, execution_id: str, locked: LockedExecution) -> list[WakeUp]:
    """The end of an execution that was cancelled while its last handlers ran, which have completed since."""
    running = replace(locked, status=ExecutionStatus.RUNNING)
    execution = open_context(cursor, context.workflows, execution_id, running)
    transaction = Transition(cursor, execution, running, context.config, can_claim=False)
    finish(transaction)
    return transaction.wake_ups


def reserve_slot(cursor: Cursor, execution_id: str, locked: LockedExecution, uncounted_by: str | None) -> bool:
    """
    True where an execution that has ended may run once more at once; its lanes are locked then.

    False where it has to wait for a slot, or to be counted by this lane. Raises Conflict where nobody may wait.
    """
    if locked.lane is None or locked.origin is None:
        return True
    workflow = locked.origin.workflow_id
    known = lanes.fetch_limits(cursor, locked.lane, workflow)
    wanted = {} if known is None else {known.name: known}
    if uncounted_by is not None:
        entry = catalog.fetch_entry(cursor, workflow)
        said = None if entry is None else entry.flow
        for name in (locked.lane, uncounted_by):
            wanted.setdefault(name, lane_of(name, workflow, said))
    rooms = lanes.enter_lanes(cursor, list(wanted.values())) if wanted else []
    for room in rooms:
        if room.is_full and room.lane.on_limit != lanes.QUEUE:
            raise Conflict(f"Execution {execution_id} cannot be retried now: {lanes.describe_limit(room.lane)}.")
    return uncounted_by is None and all(room.is_free for room in rooms)


def locked_execution(
    context: EngineContext,
    execution_id: str,
    change: Callable[[Cursor, LockedExecution], list[WakeUp]],
    step: tuple[str | None, int | None] = (None, None),
) -> list[WakeUp]:
    """
    Hold the execution's row while it is changed; what ``change`` leaves open is committed.

    ``step``, a node and its visit, is read with it. Raises NotFound, and what ``change`` raises.
    """
    with driver(context.engine) as connection, connection.cursor() as cursor:
        locked = lock.lock_execution(cursor, execution_id, [step], first=True)
        if locked is None:
            raise NotFound(f"Execution {execution_id} does not exist.")
        try:
            wake_ups = change(cursor, locked)
            cursor.execute("COMMIT")
        except BaseException:
            with suppress(psycopg2.Error):
                cursor.execute("ROLLBACK")
            raise
        return wake_ups


def _state(locked: LockedExecution) -> str:
    return "closing" if locked.closing else locked.status
