"""What people can tell an execution: cancel, pause, resume, retry. Each is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import psycopg2
from sqlalchemy import Engine

from app.engine.closing import finish
from app.engine.program import Programs
from app.engine.recall import Recall
from app.engine.terms import Terms
from app.engine.turn import Transaction
from app.engine.wakeups import WakeUp
from app.engine.walk import open_recall
from app.errors import Conflict, NotFound
from app.storage import commands as statements
from app.storage import held, lanes
from app.storage.database import driver
from app.storage.held import Cursor, Locked
from app.storage.statuses import TERMINAL, ExecutionStatus


def cancel(engine: Engine, programs: Programs, execution_id: str, terms: Terms) -> list[WakeUp]:
    """Start nothing more, let what runs finish, undo what can be undone. Raises NotFound, Conflict."""

    def change(cursor: Cursor, locked: Locked) -> list[WakeUp]:
        if locked.status in TERMINAL or locked.closing:
            raise Conflict(f"Execution {execution_id} is {_state(locked)} and cannot be cancelled.")
        recall = open_recall(cursor, programs, execution_id, locked)
        transaction = Transaction(cursor, recall, locked, terms, can_claim=False)
        transaction.stop(ExecutionStatus.CANCELLED)
        finish(transaction)
        return transaction.wake_ups

    return holding(engine, execution_id, change)


def pause(engine: Engine, execution_id: str) -> list[WakeUp]:
    """Let what runs finish, start nothing new until it is resumed. Raises NotFound, Conflict."""

    def change(cursor: Cursor, locked: Locked) -> list[WakeUp]:
        if locked.status not in (ExecutionStatus.PENDING, ExecutionStatus.RUNNING) or locked.closing:
            raise Conflict(f"Execution {execution_id} is {_state(locked)} and cannot be paused.")
        statements.pause(cursor, execution_id)
        return []

    return holding(engine, execution_id, change)


def resume(engine: Engine, execution_id: str, terms: Terms) -> list[WakeUp]:
    """Go on where it was paused. Raises NotFound, Conflict."""

    def change(cursor: Cursor, locked: Locked) -> list[WakeUp]:
        if locked.status != ExecutionStatus.PAUSED:
            raise Conflict(f"Execution {execution_id} is {_state(locked)}, not paused.")
        if locked.queued and locked.lane:
            statements.resume_queued(cursor, execution_id)
            return [WakeUp(id) for id in lanes.admit(cursor, locked.lane, grace=terms.grace)]
        found = statements.resume(cursor, execution_id, grace=terms.grace, horizon=terms.horizon)
        if found is None:
            return [WakeUp(execution_id)]
        return [
            WakeUp(execution_id, node, visit, due if due and due > 0 else None, terms.queue_of(type))
            for node, visit, type, due in found
        ]

    return holding(engine, execution_id, change)


def retry(engine: Engine, programs: Programs, execution_id: str, terms: Terms) -> list[WakeUp]:
    """Go on from what failed or was cancelled, keeping what completed. Raises NotFound, Conflict."""

    def change(cursor: Cursor, locked: Locked) -> list[WakeUp]:
        if locked.status not in (ExecutionStatus.FAILED, ExecutionStatus.CANCELLED):
            raise Conflict(
                f"Execution {execution_id} is {_state(locked)}; only a failed or cancelled one can be retried."
            )
        if statements.was_compensated(cursor, execution_id):
            raise Conflict(f"Execution {execution_id} was compensated: what it had done is undone. Start a new one.")
        may_begin = has_room(cursor, execution_id, locked)
        again = statements.retry(cursor, execution_id, grace=terms.grace)
        wake_ups = [WakeUp(execution_id, node, visit, queue=terms.queue_of(type)) for node, visit, type in again]
        if not again and not statements.has_begun(cursor, execution_id):
            statements.begin_again(cursor, execution_id, grace=terms.grace)
            wake_ups = [WakeUp(execution_id)]
        elif not again and locked.open_steps == 0:
            return _end(cursor, open_recall(cursor, programs, execution_id, locked), locked, terms)
        if not may_begin:
            lanes.queue_again(cursor, execution_id)
            return []
        return wake_ups

    return holding(engine, execution_id, change)


def _end(cursor: Cursor, recall: Recall, locked: Locked, terms: Terms) -> list[WakeUp]:
    """All that was to be done is done, as where the last step completed after its execution was cancelled."""
    going_on = replace(locked, status=ExecutionStatus.RUNNING)
    transaction = Transaction(cursor, recall, going_on, terms, can_claim=False)
    finish(transaction)
    return transaction.wake_ups


def has_room(cursor: Cursor, execution_id: str, locked: Locked) -> bool:
    """
    True where an execution that has ended may run once more at once; its lane is locked then.

    False where it has to wait for a slot. Raises Conflict where its lane lets nobody wait.
    """
    if locked.lane is None or locked.begun is None:
        return True
    lane = lanes.known(cursor, locked.lane, locked.begun.workflow_id)
    if lane is None:
        return True
    (room,) = lanes.enter(cursor, [lane])
    if room.full and lane.on_limit != lanes.QUEUE:
        raise Conflict(f"Execution {execution_id} cannot be retried now: {lanes.why(lane)}.")
    return room.free


def holding(
    engine: Engine,
    execution_id: str,
    change: Callable[[Cursor, Locked], list[WakeUp]],
    step: tuple[str | None, int | None] = (None, None),
) -> list[WakeUp]:
    """
    Hold the execution's row while it is changed; what ``change`` leaves open is committed.

    ``step``, a node and its visit, is read with it. Raises NotFound, and what ``change`` raises.
    """
    with driver(engine) as connection, connection.cursor() as cursor:
        locked = held.lock(cursor, execution_id, [step], first=True)
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


def _state(locked: Locked) -> str:
    return "closing" if locked.closing else locked.status
