"""Flow control kept moving: who waits is let in, who was replaced is cancelled, windows close."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError

from app.engine.commands import lifecycle
from app.engine.config import EngineConfig
from app.engine.definitions.compiled import WorkflowCache
from app.engine.wakeups.message import WakeUp
from app.errors import Conflict, InvalidDefinition, NotFound
from app.flow_control.spec import lane_of
from app.storage.availability import DISCONNECTED
from app.storage.database import Cursor, driver
from app.storage.flow_control import lanes
from app.triggers.fire import Fired
from app.triggers.windows import close_window


def follow_up(engine: Engine, programs: WorkflowCache, fired: Fired, terms: EngineConfig) -> list[WakeUp]:
    """What an accepted event still asks for, as far as that can be done now; timekeepers do the rest."""
    wake_ups = []
    for lane in fired.crowded:
        wake_ups += try_cancel_surplus(engine, programs, lane, terms)
    for window in fired.full:
        with suppress(*DISCONNECTED, TimeoutError):
            wake_ups += close_due_window(engine, programs, window, terms)
    return wake_ups


def close_due_window(engine: Engine, programs: WorkflowCache, window: str, terms: EngineConfig) -> list[WakeUp]:
    """Close a window whose time has come: harmless at any time, by any number of processes at once."""
    fired = close_window(engine, window, grace=terms.grace)
    wake_ups = [WakeUp(id) for id in fired.execution_ids]
    for lane in fired.crowded:
        wake_ups += try_cancel_surplus(engine, programs, lane, terms)
    return wake_ups


def maintain_lane(engine: Engine, programs: WorkflowCache, lane: str, terms: EngineConfig) -> list[WakeUp]:
    """See to one lane: harmless at any time, by any number of processes at once."""
    return [*_admit(engine, lane, terms), *cancel_surplus(engine, programs, lane, terms)]


def try_cancel_surplus(engine: Engine, programs: WorkflowCache, lane: str, terms: EngineConfig) -> list[WakeUp]:
    """Cancel what newer executions replace, as far as that can be done now; a timekeeper does the rest."""
    with suppress(*DISCONNECTED, TimeoutError):
        return cancel_surplus(engine, programs, lane, terms)
    return []


def cancel_surplus(engine: Engine, programs: WorkflowCache, lane: str, terms: EngineConfig) -> list[WakeUp]:
    """Cancel what newer executions replace in this lane, each in a transaction of its own; it may be undone first."""
    with driver(engine) as connection, connection.cursor() as cursor:
        surplus = lanes.over_limit(cursor, lane)
    wake_ups = []
    for id in surplus:
        with suppress(Conflict, NotFound):  # it has ended meanwhile
            wake_ups += lifecycle.cancel(engine, programs, id, terms)
    return wake_ups


def _admit(engine: Engine, lane: str, terms: EngineConfig) -> list[WakeUp]:
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        _refresh_limits(cursor, lane)
        admitted = lanes.admit_next(cursor, lane, grace=terms.grace)
        cursor.execute("COMMIT")
    return [WakeUp(id) for id in admitted]


def _refresh_limits(cursor: Cursor, lane: str) -> None:
    """Have a lane keep to what its workflow says by now: it may have been saved since the last arrival."""
    with suppress(InvalidDefinition):  # a deployment that understood less than another keeps what it knows
        workflow = lanes.workflow_of(cursor, lane)
        if workflow is not None:
            lanes.describe_lanes(cursor, lane_of(lane, *workflow))
