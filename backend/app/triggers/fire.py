"""Fire an event: match it with all triggers, store it and start its executions in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.storage import catalog, events, repeats
from app.storage.database import ConnectionPool, Cursor, driver
from app.storage.events import NewEvent, Reply
from app.storage.flow_control import lanes, windows
from app.storage.json_text import dumps, write_document
from app.triggers.admission import Admission, Admissions, admissions_of
from app.triggers.audience import select_audience
from app.triggers.triggers import Decisions, TriggerCache

#: Attempts to store an event while workflows are saved at the same time; after them, saves have to wait.
MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Fired:
    """The response to the sender, as JSON text, and the executions that wait for a worker."""

    answer: str
    execution_ids: list[str]
    #: Lanes in which new executions replace older ones, which are still to be cancelled.
    lanes_over_limit: list[str] = field(default_factory=list)
    #: Windows that are full and can be closed.
    full_windows: list[str] = field(default_factory=list)
    #: True if steps wait for events, so that this one is matched with them.
    is_awaited: bool = False


def fire_event(
    engine: ConnectionPool,
    cache: TriggerCache,
    event: NewEvent,
    payload: Any,
    *,
    grace: float,
    scheduled: str | None = None,
) -> Fired:
    """
    Start every workflow whose trigger matches this event; a repeat starts nothing and gets the first response.

    ``scheduled`` is the workflow whose schedule posts the event: it starts whatever its trigger is.
    """
    with driver(engine) as connection, connection.cursor() as cursor:
        for _ in range(MAX_ATTEMPTS):
            fired = try_fire(cursor, cache, event, payload, grace, scheduled)
            if fired is not None:
                return fired
        with blocking_saves(cursor):
            while True:
                fired = try_fire(cursor, cache, event, payload, grace, scheduled, inside=True)
                if fired is not None:
                    return fired


def try_fire(
    cursor: Cursor,
    cache: TriggerCache,
    event: NewEvent,
    payload: Any,
    grace: float,
    scheduled: str | None = None,
    *,
    inside: bool = False,
) -> Fired | None:
    """
    Fire an event by the triggers that this process knows; None if they were out of date, and are read again.

    ``inside`` is True if a transaction is open.
    """
    triggers = cache.current
    decisions = triggers.decide(payload, event_data(event), select_audience(event, triggers.flows))
    decisions = decisions.including(triggers.entries.get(scheduled or ""))
    admissions = admissions_of(decisions, triggers.flows, payload, scheduled=scheduled)
    with admitting(cursor, admissions, inside=inside):
        answer = response_of(event, decisions, admissions)
        started = admissions.executions()
        reply = events.accept_event(cursor, event, started, answer=answer, revision=triggers.revision, grace=grace)
        fired = _collect_and_admit(cursor, event, payload, admissions, answer, reply, grace) if reply.accepted else None
    if fired is not None:
        return fired
    if reply.revision != triggers.revision:
        cache.refresh(cursor, stale=triggers)
        return None
    repeat = repeats.keep_repeat(cursor, event)
    return None if repeat is None else Fired(repeat.answer, [])


def _collect_and_admit(
    cursor: Cursor, event: NewEvent, payload: Any, admissions: Admissions, answer: str, reply: Reply, grace: float
) -> Fired:
    """Add an accepted event to its windows, and start the executions for which its lanes have slots."""
    lanes_behind = admissions.lanes_with_backlog
    behind = [id for lane in lanes_behind for id in lanes.admit_next(cursor, lane, grace=grace)]
    names = [window.name for window in admissions.windows]
    full = windows.add_event(cursor, names, event.id, size=len(dumps(payload))) if names else []
    ids = [*admissions.beginning, *behind]
    return Fired(answer, ids, admissions.lanes_over_limit, full, is_awaited=reply.awaited)


@contextmanager
def admitting(cursor: Cursor, admissions: Admissions, *, inside: bool) -> Iterator[None]:
    """Lock the windows and lanes and set the outcomes; without any, nothing is sent to Postgres."""
    if not admissions.windows and not admissions.lanes:
        yield
        return
    if not inside:
        cursor.execute("BEGIN")
    if admissions.windows:
        windows.enter_windows(cursor, admissions.windows)
    if admissions.lanes:
        admissions.settle(lanes.enter_lanes(cursor, admissions.lanes))
    yield
    if not inside:
        cursor.execute("COMMIT")


@contextmanager
def blocking_saves(cursor: Cursor) -> Iterator[None]:
    """A transaction during which no workflow is saved; an error rolls it back with the connection."""
    catalog.lock_entry(cursor)
    yield
    cursor.execute("COMMIT")


def event_data(event: NewEvent) -> dict[str, Any]:
    """``$event`` of an event that was just posted."""
    return events.event_variables(
        event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
    )


def response_of(event: NewEvent, decisions: Decisions, admissions: Admissions) -> str:
    """The response to the sender, as JSON text."""
    errors = [
        {"workflow_id": workflow_id, "message": message}
        for workflow_id, message in (*decisions.errors, *admissions.errors)
    ]
    answer = {"event_id": event.id, "matched": len(admissions.all)}
    answer["executions"] = [_started_entries(admission) for admission in admissions.all if admission.starts]
    held = [_deferred_entries(admission) for admission in admissions.all if admission.outcome is not None]
    if held:
        answer["held"] = held
    answer["errors"] = errors
    return write_document(answer)


def _started_entries(admission: Admission) -> dict[str, str]:
    entry = admission.entry
    return {"id": admission.id, "workflow_id": entry.workflow_id, "workflow_name": entry.name}


def _deferred_entries(admission: Admission) -> dict[str, Any]:
    shown = _started_entries(admission) if admission.starts else {**_started_entries(admission), "id": None}
    return {**shown, "reason": admission.reason, "outcome": admission.outcome, "message": admission.message}
