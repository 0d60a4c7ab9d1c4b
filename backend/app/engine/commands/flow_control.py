"""Flow control: start queued executions, cancel replaced ones, close windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from app.engine.commands import lifecycle
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath, aftermath_of, wake_executions
from app.errors import Conflict, InvalidDefinition, NotFound
from app.flow_control.limits import lane_of
from app.storage.availability import DISCONNECTED
from app.storage.database import Cursor, commit, driver, transaction
from app.storage.flow_control import lanes, windows
from app.triggers.fire import Fired
from app.triggers.windows import close_locked_window, close_window


def maintain_lane(context: EngineContext, lane: str, *, watch: float = lanes.WATCH) -> Aftermath:
    """
    Start queued executions of a lane and cancel replaced ones; safe at any time, in any number of processes.

    If executions stay queued, a timekeeper checks the lane again after ``watch`` seconds.
    """
    return _admit_queued(context, lane, watch) + cancel_surplus(context, lane)


def close_due_window(context: EngineContext, window: str) -> Aftermath:
    """Close a window that is due; safe at any time, in any number of processes."""
    return aftermath_of(close_window(context.engine, window, grace=context.config.grace))


def close_next_window(
    context: EngineContext, run_item: Callable[[str, Callable[[], object]], bool], *, but: Sequence[str]
) -> Aftermath | None:
    """
    Close the next window that is due, except ``but``; None if there is none.

    The window's row is locked, which is the claim, until it is closed by ``run_item``, which reports a failure of it.
    """
    closed: list[Fired] = []
    with driver(context.engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        name = windows.lock_next_window(cursor, but=but)
        if name is None:
            return None

        def close() -> None:
            closed.append(close_locked_window(cursor, name, grace=context.config.grace))
            commit(cursor)

        run_item(name, close)
    return aftermath_of(closed[0]) if closed else Aftermath()


def try_close_window(context: EngineContext, window: str) -> Aftermath:
    """Close a window, if that is possible now; otherwise a timekeeper does."""
    return _unless_disconnected(lambda: close_due_window(context, window))


def try_cancel_surplus(context: EngineContext, lane: str) -> Aftermath:
    """Cancel replaced executions of a lane, if that is possible now; otherwise a timekeeper does."""
    return _unless_disconnected(lambda: cancel_surplus(context, lane))


def cancel_surplus(context: EngineContext, lane: str) -> Aftermath:
    """Cancel the executions of a lane that newer ones replace, each in a transaction of its own."""
    with driver(context.engine) as connection, connection.cursor() as cursor:
        surplus = lanes.over_limit(cursor, lane)
    aftermath = Aftermath()
    error = {"type": "Replaced", "message": f"A newer execution took its place in lane {lanes.name_lane(lane)}."}
    for id in surplus:
        with suppress(Conflict, NotFound):  # it has ended meanwhile
            aftermath += lifecycle.cancel(context, id, error=error)
    return aftermath


def _unless_disconnected(act: Callable[[], Aftermath]) -> Aftermath:
    with suppress(*DISCONNECTED):
        return act()
    return Aftermath()


def _admit_queued(context: EngineContext, lane: str, watch: float) -> Aftermath:
    with transaction(context.engine) as cursor:
        _refresh_limits(cursor, lane)
        admitted = lanes.admit_next(cursor, lane, grace=context.config.grace, watch=watch)
    return wake_executions(admitted)


def _refresh_limits(cursor: Cursor, lane: str) -> None:
    """Update a lane's limits to those of its workflow, which may have been saved since the last arrival."""
    with suppress(InvalidDefinition):  # written by a newer version: keep the limits that are known
        workflow = lanes.workflow_of(cursor, lane)
        if workflow is not None:
            lanes.describe_lanes(cursor, lane_of(lane, *workflow))
