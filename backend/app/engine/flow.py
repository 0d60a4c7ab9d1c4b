"""Flow control kept moving: who waits is let in, who was replaced is cancelled, windows close."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError

from app.engine import commands
from app.engine.gone import GONE
from app.engine.program import Programs
from app.engine.terms import Terms
from app.engine.wakeups import WakeUp
from app.errors import Conflict, InvalidDefinition, NotFound
from app.storage import lanes
from app.storage.database import driver
from app.storage.held import Cursor
from app.triggers.closing import close
from app.triggers.fire import Fired
from app.triggers.flow import lane_of


def follow_up(engine: Engine, programs: Programs, fired: Fired, terms: Terms) -> list[WakeUp]:
    """What an accepted event still asks for, as far as that can be done now; timekeepers do the rest."""
    wake_ups = []
    for lane in fired.crowded:
        wake_ups += make_room(engine, programs, lane, terms)
    for window in fired.full:
        with suppress(*GONE, TimeoutError):
            wake_ups += close_window(engine, programs, window, terms)
    return wake_ups


def close_window(engine: Engine, programs: Programs, window: str, terms: Terms) -> list[WakeUp]:
    """Close a window whose time has come: harmless at any time, by any number of processes at once."""
    fired = close(engine, window, grace=terms.grace)
    wake_ups = [WakeUp(id) for id in fired.execution_ids]
    for lane in fired.crowded:
        wake_ups += make_room(engine, programs, lane, terms)
    return wake_ups


def tend(engine: Engine, programs: Programs, lane: str, terms: Terms) -> list[WakeUp]:
    """See to one lane: harmless at any time, by any number of processes at once."""
    return [*_admit(engine, lane, terms), *cancel_surplus(engine, programs, lane, terms)]


def make_room(engine: Engine, programs: Programs, lane: str, terms: Terms) -> list[WakeUp]:
    """Cancel what newer executions replace, as far as that can be done now; a timekeeper does the rest."""
    with suppress(*GONE, TimeoutError):
        return cancel_surplus(engine, programs, lane, terms)
    return []


def cancel_surplus(engine: Engine, programs: Programs, lane: str, terms: Terms) -> list[WakeUp]:
    """Cancel what newer executions replace in this lane, each in a transaction of its own; it may be undone first."""
    with driver(engine) as connection, connection.cursor() as cursor:
        surplus = lanes.surplus(cursor, lane)
    wake_ups = []
    for id in surplus:
        with suppress(Conflict, NotFound):  # it has ended meanwhile
            wake_ups += commands.cancel(engine, programs, id, terms)
    return wake_ups


def _admit(engine: Engine, lane: str, terms: Terms) -> list[WakeUp]:
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        _learn(cursor, lane)
        admitted = lanes.admit(cursor, lane, grace=terms.grace)
        cursor.execute("COMMIT")
    return [WakeUp(id) for id in admitted]


def _learn(cursor: Cursor, lane: str) -> None:
    """Have a lane keep to what its workflow says by now: it may have been saved since the last arrival."""
    with suppress(InvalidDefinition):  # a deployment that understood less than another keeps what it knows
        workflow = lanes.workflow_of(cursor, lane)
        if workflow is not None:
            lanes.describe(cursor, lane_of(lane, *workflow))
