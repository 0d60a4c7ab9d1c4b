"""Accept an event: kept, decided and its executions started in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from app.storage import catalog, events
from app.storage.catalog import Entry
from app.storage.database import driver
from app.storage.documents import dumps
from app.storage.events import NewEvent, Started
from app.storage.ids import new_id
from app.triggers.match import Decisions, TriggerBook

#: Times that a save may come between asking the triggers and keeping the event, before saves are made to wait.
PATIENCE = 3


@dataclass(frozen=True)
class Fired:
    """What the sender is answered, as JSON text, and the executions that now wait for a worker."""

    answer: str
    execution_ids: list[str]
    #: True where steps wait for events: this one has to be held against them.
    awaited: bool = False


def fire(engine: Engine, book: TriggerBook, event: NewEvent, payload: Any, *, grace: float) -> Fired:
    """Start every workflow whose trigger matches this event; a repeat starts nothing and is answered the same."""
    with driver(engine) as connection, connection.cursor() as cursor:
        for _ in range(PATIENCE):
            fired = attempt(cursor, book, event, payload, grace)
            if fired is not None:
                return fired
        with saves_waiting(cursor):
            while True:
                fired = attempt(cursor, book, event, payload, grace)
                if fired is not None:
                    return fired


def attempt(cursor: Any, book: TriggerBook, event: NewEvent, payload: Any, grace: float) -> Fired | None:
    """Ask the triggers that this process knows; None where they turn out to be out of date."""
    triggers = book.current
    decisions = triggers.decide(payload, seen_by_triggers(event))
    ids = [new_id() for _ in decisions.matched]
    answer = answer_of(event, decisions, ids)
    started = Started(ids, [w.workflow_id for w in decisions.matched], [w.version for w in decisions.matched])
    reply = events.accept(cursor, event, started, answer=answer, revision=triggers.revision, grace=grace)
    if reply.accepted:
        return Fired(answer, ids, awaited=reply.awaited)
    if reply.revision != triggers.revision:
        book.refresh(cursor, stale=triggers)
        return None
    first = events.answer_to(cursor, event.dedupe_key or "")
    return None if first is None else Fired(first, [])


@contextmanager
def saves_waiting(cursor: Any) -> Iterator[None]:
    """A transaction in which nothing is saved elsewhere; what it raises rolls it back with the connection."""
    catalog.hold(cursor)
    yield
    cursor.execute("COMMIT")


def seen_by_triggers(event: NewEvent) -> dict[str, Any]:
    """The event's own properties, which rules read as ``$event``."""
    return {
        "id": event.id if event.external_id is None else event.external_id,
        "type": event.type,
        "source": event.source,
        "time": event.time,
        "received_at": event.received_at.isoformat(),
    }


def answer_of(event: NewEvent, decisions: Decisions, ids: list[str]) -> str:
    executions = [_started(id, entry) for id, entry in zip(ids, decisions.matched, strict=True)]
    errors = [{"workflow_id": workflow_id, "message": message} for workflow_id, message in decisions.errors]
    answer = {"event_id": event.id, "matched": len(executions), "executions": executions, "errors": errors}
    return dumps(answer)


def _started(id: str, entry: Entry) -> dict[str, str]:
    return {"id": id, "workflow_id": entry.workflow_id, "workflow_name": entry.name}
