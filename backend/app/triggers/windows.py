"""A window closes: one execution starts with all the events that have gathered in it."""

from __future__ import annotations

from sqlalchemy import Engine

from app.errors import TrigraphError
from app.flow_control.spec import NO_LIMITS, FlowLimits, limits_of, read_flow
from app.storage import catalog, events
from app.storage.catalog import CatalogEntry
from app.storage.database import Cursor, transaction
from app.storage.flow_control import lanes, windows
from app.storage.flow_control.lanes import REPLACE
from app.storage.json_text import loads
from app.triggers.admission import OUTCOME_BY_POLICY, Admission, list_started
from app.triggers.fire import Fired


def close_window(engine: Engine, name: str, *, grace: float) -> Fired:
    """
    Close a window, unless somebody else just did or it opened again; in one transaction, so that it closes once.

    A workflow that was deleted meanwhile starts nothing.
    """
    with transaction(engine) as cursor:
        return close_locked_window(cursor, name, grace=grace)


def close_locked_window(cursor: Cursor, name: str, *, grace: float) -> Fired:
    """The same inside an open transaction, in which the window may be locked already."""
    taken = windows.take_window(cursor, name)
    entry = catalog.fetch_entry(cursor, taken.workflow_id) if taken and taken.event_ids else None
    return _start_window(cursor, entry, taken, grace) if taken and entry else Fired("", [])


def _start_window(cursor: Cursor, entry: CatalogEntry, taken: windows.Taken, grace: float) -> Fired:
    payload = windows.window_payload(taken)
    arrival = Admission(entry, limits=_window_limits(entry, payload))
    rooms = lanes.enter_lanes(cursor, arrival.limits.lanes) if arrival.limits.lanes else []
    arrival.settle({room.lane.name: room for room in rooms})
    if arrival.starts:
        events.start_gathered(cursor, list_started([arrival]), payload, taken.event_ids, grace=grace)
    others = [id for room in rooms if room.has_backlog for id in lanes.admit_next(cursor, room.lane.name, grace=grace)]
    crowded = [rooms[0].lane.name] if arrival.outcome == OUTCOME_BY_POLICY[REPLACE] else []
    return Fired("", [arrival.id, *others] if arrival.outcome is None else others, crowded)


def _window_limits(entry: CatalogEntry, payload: str) -> FlowLimits:
    """A key that cannot be told limits nothing: the events were accepted, and are not to be lost."""
    try:
        return limits_of(entry.workflow_id, read_flow(entry.flow), loads(payload))
    except TrigraphError:
        return NO_LIMITS
