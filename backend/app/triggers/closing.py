"""A window closes: one execution starts with all the events that have gathered in it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from app.errors import TrigraphError
from app.storage import catalog, events, lanes, windows
from app.storage.catalog import Entry
from app.storage.database import driver
from app.storage.documents import loads
from app.storage.lanes import REPLACE
from app.triggers.arrivals import OUTCOMES, Arrival, started
from app.triggers.fire import Fired
from app.triggers.flow import NO_LIMITS, Limits, limits_of, read_flow


def close(engine: Engine, name: str, *, grace: float) -> Fired:
    """
    Close a window, unless somebody else just did or it opened again; in one transaction, so that it closes once.

    A workflow that was deleted meanwhile starts nothing.
    """
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        taken = windows.take(cursor, name)
        entry = catalog.entry(cursor, taken.workflow_id) if taken and taken.event_ids else None
        fired = _start(cursor, entry, taken, grace) if taken and entry else Fired("", [])
        cursor.execute("COMMIT")
    return fired


def _start(cursor: Any, entry: Entry, taken: windows.Taken, grace: float) -> Fired:
    payload = windows.payload_of(taken)
    arrival = Arrival(entry, limits=_limits(entry, payload))
    rooms = lanes.enter(cursor, arrival.limits.lanes) if arrival.limits.lanes else []
    arrival.settle({room.lane.name: room for room in rooms})
    if arrival.starts:
        events.start_gathered(cursor, started([arrival]), payload, taken.event_ids, grace=grace)
    others = [id for room in rooms if room.behind for id in lanes.admit(cursor, room.lane.name, grace=grace)]
    crowded = [rooms[0].lane.name] if arrival.outcome == OUTCOMES[REPLACE] else []
    return Fired("", [arrival.id, *others] if arrival.outcome is None else others, crowded)


def _limits(entry: Entry, payload: str) -> Limits:
    """A key that cannot be told limits nothing: the events were accepted, and are not to be lost."""
    try:
        return limits_of(entry.workflow_id, read_flow(entry.flow), loads(payload))
    except TrigraphError:
        return NO_LIMITS
