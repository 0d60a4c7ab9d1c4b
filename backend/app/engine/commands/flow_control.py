"""Flow control kept moving: who waits is let in, who was replaced is cancelled, windows close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy.exc import TimeoutError

from app.engine.commands import lifecycle
from app.engine.config import EngineContext
from app.engine.wakeups.message import WakeUp
from app.errors import Conflict, InvalidDefinition, NotFound
from app.flow_control.spec import lane_of
from app.storage.availability import DISCONNECTED
from app.storage.database import Cursor, driver
from app.storage.flow_control import lanes, windows
from app.triggers.fire import Fired
from app.triggers.windows import close_locked_window, close_window


def follow_up(context: EngineContext, fired: Fired) -> list[WakeUp]:
    """What an accepted event still asks for, as far as that can be done now; timekeepers do the rest."""
    wake_ups = []
    for lane in fired.crowded:
        wake_ups += try_cancel_surplus(context, lane)
    for window in fired.full:
        with suppress(*DISCONNECTED, TimeoutError):
            wake_ups += close_due_window(context, window)
    return wake_ups


def close_due_window(context: EngineContext, window: str) -> list[WakeUp]:
    """Close a window whose time has come: harmless at any time, by any number of processes at once."""
    fired = close_window(context.engine, window, grace=context.config.grace)
    wake_ups = [WakeUp(id) for id in fired.execution_ids]
    for lane in fired.crowded:
        wake_ups += try_cancel_surplus(context, lane)
    return wake_ups


def close_next_window(
    context: EngineContext, run_item: Callable[[str, Callable[[], object]], bool], *, but: Sequence[str]
) -> bool:
    """
    Close the next window whose time has come, ``but`` aside; False where there is none.

    The window's row is locked, which is the claim, until it is closed by ``run_item``, which reports a failure of it.
    """
    with driver(context.engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        name = windows.lock_next_window(cursor, but=but)
        if name is None:
            return False
        fired: list[Fired] = []

        def close() -> None:
            fired.append(close_locked_window(cursor, name, grace=context.config.grace))
            cursor.execute("COMMIT")

        run_item(name, close)
    for closed in fired:
        context.publisher.put(WakeUp(id) for id in closed.execution_ids)
        context.publisher.put(follow_up(context, closed))
    return True


def maintain_lane(context: EngineContext, lane: str) -> list[WakeUp]:
    """See to one lane: harmless at any time, by any number of processes at once."""
    return [*_admit(context, lane), *cancel_surplus(context, lane)]


def try_cancel_surplus(context: EngineContext, lane: str) -> list[WakeUp]:
    """Cancel what newer executions replace, as far as that can be done now; a timekeeper does the rest."""
    with suppress(*DISCONNECTED, TimeoutError):
        return cancel_surplus(context, lane)
    return []


def cancel_surplus(context: EngineContext, lane: str) -> list[WakeUp]:
    """Cancel what newer executions replace in this lane, each in a transaction of its own; it may be undone first."""
    with driver(context.engine) as connection, connection.cursor() as cursor:
        surplus = lanes.over_limit(cursor, lane)
    wake_ups = []
    for id in surplus:
        with suppress(Conflict, NotFound):  # it has ended meanwhile
            wake_ups += lifecycle.cancel(context, id)
    return wake_ups


def _admit(context: EngineContext, lane: str) -> list[WakeUp]:
    with driver(context.engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        _refresh_limits(cursor, lane)
        admitted = lanes.admit_next(cursor, lane, grace=context.config.grace)
        cursor.execute("COMMIT")
    return [WakeUp(id) for id in admitted]


def _refresh_limits(cursor: Cursor, lane: str) -> None:
    """Have a lane keep to what its workflow says by now: it may have been saved since the last arrival."""
    with suppress(InvalidDefinition):  # a deployment that understood less than another keeps what it knows
        workflow = lanes.workflow_of(cursor, lane)
        if workflow is not None:
            lanes.describe_lanes(cursor, lane_of(lane, *workflow))
