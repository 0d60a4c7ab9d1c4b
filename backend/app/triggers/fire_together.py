"""Fire several events from outside: match each with all triggers, and store them in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2

from app.errors import TrigraphError
from app.storage import repeats
from app.storage.availability import is_unreachable
from app.storage.database import ConnectionPool, Cursor, driver
from app.storage.event_groups import Offered, accept_events
from app.storage.events import NewEvent
from app.triggers.admission import admissions_of
from app.triggers.fire import MAX_ATTEMPTS, Fired, event_data, response_of
from app.triggers.triggers import TriggerCache, Triggers

#: Seconds of CPU time after which the events of a group that are left are fired alone: their senders would wait for it.
DECIDING = 0.05


@dataclass(frozen=True)
class Posted:
    """An event from outside, and its payload as a value."""

    event: NewEvent
    payload: Any


#: What became of one event of a group; None: it was not stored, and is to be fired alone.
Outcome = Fired | Exception | None


def fire_together(
    engine: ConnectionPool, cache: TriggerCache, posted: Sequence[Posted], *, grace: float
) -> Sequence[Outcome]:
    """
    Start every workflow whose trigger matches one of these events: one statement, however many there are.

    One event does not spoil the others. To be fired alone is left: one that enters lanes or windows, whose locks others
    may hold; one whose key an event before it has as well; those after events whose triggers take long; and each of
    them where Postgres refuses them together, or where workflows are saved all the time. Raises psycopg2.Error where
    Postgres is not available.
    """
    with driver(engine) as connection, connection.cursor() as cursor:
        for _ in range(MAX_ATTEMPTS):
            triggers = cache.current
            outcomes = _try_fire(cursor, triggers, posted, grace)
            if outcomes is not None:
                return outcomes
            cache.refresh(cursor, stale=triggers)
    return [None] * len(posted)


def _try_fire(cursor: Cursor, triggers: Triggers, posted: Sequence[Posted], grace: float) -> Sequence[Outcome] | None:
    """The outcomes; None if the triggers were out of date."""
    outcomes: dict[str, Outcome] = {}
    offered: dict[str, Offered] = {}
    keys: set[str] = set()
    until = time.thread_time() + DECIDING
    for each in posted:
        event = each.event
        if event.dedupe_key in keys or time.thread_time() > until:
            continue
        try:
            found = _offer(triggers, each)
        except Exception as error:  # operators of a deployment raise what they like
            outcomes[event.id] = error
            continue
        if found is not None:
            offered[event.id] = found
            if event.dedupe_key is not None:
                keys.add(event.dedupe_key)
    if offered:
        stored = _store(cursor, triggers, offered.values(), grace)
        if stored is None:
            return None
        outcomes |= stored
    return [outcomes.get(each.event.id) for each in posted]


def _offer(triggers: Triggers, posted: Posted) -> Offered | None:
    """The answer to an event and its executions; None where these enter lanes or windows."""
    event, payload = posted.event, posted.payload
    decisions = triggers.decide(payload, event_data(event))
    admissions = admissions_of(decisions, triggers.flows, payload)
    if admissions.lanes or admissions.windows:
        return None
    return Offered(event, response_of(event, decisions, admissions), admissions.executions())


def _store(cursor: Cursor, triggers: Triggers, offered: Iterable[Offered], grace: float) -> dict[str, Outcome] | None:
    """What became of each event by its id; None if the triggers were out of date."""
    group = list(offered)
    try:
        reply = accept_events(cursor, group, revision=triggers.revision, grace=grace)
    except psycopg2.Error as error:
        if is_unreachable(error):
            raise
        # One of them is to blame: each is fired alone, so that the others are not refused with it.
        return {}
    if reply.revision != triggers.revision:
        return None
    return {
        each.event.id: Fired(each.answer, each.started.ids, is_awaited=reply.awaited)
        if each.event.id in reply.accepted
        else _repeat(cursor, each.event)
        for each in group
    }


def _repeat(cursor: Cursor, event: NewEvent) -> Outcome:
    """The first answer to an event that was repeated; None where its key has expired meanwhile."""
    try:
        repeat = repeats.keep_repeat(cursor, event)
    except (TrigraphError, psycopg2.Error) as error:
        # The others are stored, whatever becomes of this one.
        return error
    return None if repeat is None else Fired(repeat.answer, [])
