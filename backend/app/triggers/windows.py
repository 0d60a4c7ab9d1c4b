"""Closing a window: one execution starts with all events that it has collected."""

from __future__ import annotations

from app.errors import TrigraphError
from app.flow_control.limits import NO_LIMITS, FlowLimits, limits_of
from app.flow_control.spec import read_flow
from app.storage import catalog, events
from app.storage.catalog import CatalogEntry
from app.storage.database import ConnectionPool, Cursor, transaction
from app.storage.flow_control import lanes, windows
from app.storage.flow_control.lanes import REPLACE
from app.storage.json_text import loads
from app.triggers.admission import OUTCOME_BY_POLICY, Admission, list_started
from app.triggers.fire import Fired


def close_window(engine: ConnectionPool, name: str, *, grace: float) -> Fired:
    """
    Close a window in one transaction, unless another process has closed it or it was opened again.

    A workflow that was deleted in the meantime starts nothing.
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
    admission = Admission(entry, limits=_window_limits(entry, payload))
    states = lanes.enter_lanes(cursor, admission.limits.lanes) if admission.limits.lanes else []
    admission.settle({state.lane.name: state for state in states})
    if admission.starts:
        events.start_gathered(cursor, list_started([admission]), payload, taken.event_ids, grace=grace)
    others = [
        id for state in states if state.has_backlog for id in lanes.admit_next(cursor, state.lane.name, grace=grace)
    ]
    lanes_over_limit = [states[0].lane.name] if admission.outcome == OUTCOME_BY_POLICY[REPLACE] else []
    return Fired("", [admission.id, *others] if admission.outcome is None else others, lanes_over_limit)


def _window_limits(entry: CatalogEntry, payload: str) -> FlowLimits:
    """The limits; none if the key cannot be computed, because the events were accepted and must not be lost."""
    try:
        return limits_of(entry.workflow_id, read_flow(entry.flow), loads(payload))
    except TrigraphError:
        return NO_LIMITS
