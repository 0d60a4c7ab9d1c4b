"""Accept an event: kept, decided and its executions started in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from app.storage import catalog, events
from app.storage.database import driver
from app.storage.events import NewEvent
from app.storage.flow_control import lanes, windows
from app.storage.json_text import dumps
from app.triggers.admission import Admission, Admissions, admissions_of
from app.triggers.triggers import Decisions, TriggerCache

#: Times that a save may come between asking the triggers and keeping the event, before saves are made to wait.
MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Fired:
    """What the sender is answered, as JSON text, and the executions that now wait for a worker."""

    answer: str
    execution_ids: list[str]
    #: Lanes in which new executions replace others, which are still to be cancelled.
    crowded: list[str] = field(default_factory=list)
    #: Windows that are full, and can be closed.
    full: list[str] = field(default_factory=list)
    #: True where steps wait for events: this one has to be held against them.
    awaited: bool = False


def fire_event(
    engine: Engine, book: TriggerCache, event: NewEvent, payload: Any, *, grace: float, scheduled: str | None = None
) -> Fired:
    """
    Start every workflow whose trigger matches this event; a repeat starts nothing and is answered the same.

    ``scheduled`` is the workflow whose schedule posts the event: it starts in any case.
    """
    with driver(engine) as connection, connection.cursor() as cursor:
        for _ in range(MAX_ATTEMPTS):
            fired = try_fire(cursor, book, event, payload, grace, scheduled)
            if fired is not None:
                return fired
        with saves_waiting(cursor):
            while True:
                fired = try_fire(cursor, book, event, payload, grace, scheduled, inside=True)
                if fired is not None:
                    return fired


def try_fire(
    cursor: Any,
    book: TriggerCache,
    event: NewEvent,
    payload: Any,
    grace: float,
    scheduled: str | None = None,
    *,
    inside: bool = False,
) -> Fired | None:
    """
    Ask the triggers that this process knows; None where they turn out to be out of date.

    ``inside``: a transaction is open already.
    """
    triggers = book.current
    decisions = triggers.decide(payload, event_data(event)).including(triggers.entries.get(scheduled or ""))
    arrivals = admissions_of(decisions, triggers.flows, payload, scheduled=scheduled)
    behind: list[str] = []
    full: list[str] = []
    with holding_catalog(cursor, arrivals, inside=inside):
        answer = response_of(event, decisions, arrivals)
        started = arrivals.started()
        reply = events.accept_event(cursor, event, started, answer=answer, revision=triggers.revision, grace=grace)
        if reply.accepted:
            behind = [id for lane in arrivals.behind for id in lanes.admit_next(cursor, lane, grace=grace)]
            full = gather_event(cursor, event, payload, arrivals)
    if reply.accepted:
        return Fired(answer, [*arrivals.beginning, *behind], arrivals.crowded, full, awaited=reply.awaited)
    if reply.revision != triggers.revision:
        book.refresh(cursor, stale=triggers)
        return None
    first = events.previous_response(cursor, event)
    return None if first is None else Fired(first, [])


def gather_event(cursor: Any, event: NewEvent, payload: Any, arrivals: Admissions) -> list[str]:
    """Have the event wait for others where it should; the windows that are full now."""
    names = [window.name for window in arrivals.windows]
    return windows.add_event(cursor, names, event.id, size=len(dumps(payload))) if names else []


@contextmanager
def holding_catalog(cursor: Any, arrivals: Admissions, *, inside: bool) -> Iterator[None]:
    """Windows and lanes are locked in here, and it is settled who begins; without any, nothing is sent to Postgres."""
    if not arrivals.windows and not arrivals.lanes:
        yield
        return
    if not inside:
        cursor.execute("BEGIN")
    if arrivals.windows:
        windows.enter_windows(cursor, arrivals.windows)
    if arrivals.lanes:
        arrivals.settle(lanes.enter_lanes(cursor, arrivals.lanes))
    yield
    if not inside:
        cursor.execute("COMMIT")


@contextmanager
def saves_waiting(cursor: Any) -> Iterator[None]:
    """A transaction in which nothing is saved elsewhere; what it raises rolls it back with the connection."""
    catalog.lock_entry(cursor)
    yield
    cursor.execute("COMMIT")


def event_data(event: NewEvent) -> dict[str, Any]:
    """``$event`` of an event that was just posted."""
    return events.event_variables(
        event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
    )


def response_of(event: NewEvent, decisions: Decisions, arrivals: Admissions) -> str:
    errors = [
        {"workflow_id": workflow_id, "message": message}
        for workflow_id, message in (*decisions.errors, *arrivals.errors)
    ]
    answer = {"event_id": event.id, "matched": len(arrivals.all)}
    answer["executions"] = [_started_entries(arrival) for arrival in arrivals.all if arrival.starts]
    held = [_deferred_entries(arrival) for arrival in arrivals.all if arrival.outcome is not None]
    if held:
        answer["held"] = held
    answer["errors"] = errors
    return dumps(answer)


def _started_entries(arrival: Admission) -> dict[str, str]:
    entry = arrival.entry
    return {"id": arrival.id, "workflow_id": entry.workflow_id, "workflow_name": entry.name}


def _deferred_entries(arrival: Admission) -> dict[str, Any]:
    shown = _started_entries(arrival) if arrival.starts else {**_started_entries(arrival), "id": None}
    return {**shown, "reason": arrival.reason, "outcome": arrival.outcome, "message": arrival.message}
