"""
Post the events of the engine: recorded changes of executions become events that start workflows, and deliveries.

One process at a time posts. A transaction removes the changes, stores their events with what they start, and adds the
deliveries: a process that dies before its commit has done nothing, and one that dies behind it has lost nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath, aftermath_of
from app.storage.availability import is_passing
from app.storage.clock import clock
from app.storage.database import Cursor, commit, driver
from app.storage.deliveries import outbox
from app.storage.deliveries.outbox import Change
from app.storage.deliveries.sending import NewDelivery, add_deliveries
from app.storage.events import Cause, NewEvent
from app.storage.ids import new_id
from app.storage.json_text import dumps, loads
from app.triggers.fire import Fired, try_fire

log = logging.getLogger(__name__)

#: Changes that one transaction posts.
BATCH = 100
#: Times that a workflow may be saved between reading the triggers and posting an event.
MAX_ATTEMPTS = 5
#: Seconds for which a change that cannot be posted is left alone.
PAUSE = 60.0


@dataclass
class _Posted:
    """What one transaction has posted."""

    changes: list[Change] = field(default_factory=list)
    deliveries: list[NewDelivery] = field(default_factory=list)
    aftermath: Aftermath = field(default_factory=Aftermath)
    #: Number of deliveries that were added.
    added: int = 0


@dataclass(frozen=True)
class Poster:
    """Posts events of the engine for one process."""

    context: EngineContext
    #: Acts on what a commit leaves to be done.
    dispatch: Callable[[Aftermath], None]

    def post(self) -> bool:
        """Post until nothing is left, or another process posts; True if deliveries were added."""
        added = False
        with driver(self.context.engine) as connection, connection.cursor() as cursor:
            # Asked again when the lock is free: a process that found it taken has left its work to us.
            while outbox.has_changes(cursor):
                posted = self._post_batch(cursor)
                if posted is None:
                    break
                added = added or posted.added > 0
                self.dispatch(posted.aftermath)
        return added

    def _post_batch(self, cursor: Cursor) -> _Posted | None:
        """Post the next changes, one by one if that fails for all together; None if another process posts."""
        try:
            return self._post_some(cursor, BATCH)
        except Exception as error:  # one that cannot be posted must not hold up the others
            cursor.execute("ROLLBACK")
            if is_passing(error):
                raise
            log.warning("Events of the engine cannot be posted together; posting one.", exc_info=True)
            return self._post_one(cursor)

    def _post_one(self, cursor: Cursor) -> _Posted | None:
        posted = _Posted()
        if not outbox.lock_posting(cursor):
            return None
        changes = outbox.next_changes(cursor, 1)[:1]
        try:
            for change in changes:
                self._add(cursor, change, posted)
            return self._finish(cursor, posted)
        except Exception as error:  # whatever is wrong with it, it is tried again later
            cursor.execute("ROLLBACK")
            if is_passing(error):
                raise
            fields = {"execution": changes[0].execution_id, "type": changes[0].type}
            message = "Execution %(execution)s: the event %(type)s cannot be posted; retrying in a minute."
            log.exception(message, fields, extra=fields)
            outbox.postpone_change(cursor, changes[0].seq, PAUSE)
            return _Posted()

    def _post_some(self, cursor: Cursor, limit: int) -> _Posted | None:
        """An event that matches is the last of its transaction, because it may have locked lanes and windows."""
        if not outbox.lock_posting(cursor):
            return None
        posted = _Posted()
        for change in outbox.next_changes(cursor, limit):
            if self._add(cursor, change, posted):
                break
        return self._finish(cursor, posted)

    def _add(self, cursor: Cursor, change: Change, posted: _Posted) -> bool:
        """Store the event of a change; True if it has matched a trigger."""
        event, payload = event_of(change)
        fired = self._fire(cursor, event, payload)
        posted.changes.append(change)
        posted.deliveries.append(
            NewDelivery(event.id, change.execution_id, change.workflow_id, change.type, cloud_event(event, payload))
        )
        posted.aftermath += aftermath_of(fired)
        return bool(loads(fired.answer)["matched"])

    def _fire(self, cursor: Cursor, event: NewEvent, payload: dict[str, Any]) -> Fired:
        """Accept one event inside the open transaction."""
        for _ in range(MAX_ATTEMPTS):
            fired = try_fire(cursor, self.context.triggers, event, payload, self.context.config.grace, inside=True)
            if fired is not None:
                return fired
        raise RuntimeError(f"Workflows were saved {MAX_ATTEMPTS} times while the event {event.type} was posted.")

    @staticmethod
    def _finish(cursor: Cursor, posted: _Posted) -> _Posted:
        outbox.remove_changes(cursor, posted.changes)
        posted.added = add_deliveries(cursor, posted.deliveries)
        commit(cursor)
        return posted


def event_of(change: Change) -> tuple[NewEvent, dict[str, Any]]:
    """The event of a change, and its payload."""
    payload = {
        "execution_id": change.execution_id,
        "workflow_id": change.workflow_id,
        "workflow_name": change.workflow_name,
        "version": change.version,
        "status": change.status,
        "error": change.error,
    }
    if change.node_id is not None:
        payload["node_id"] = change.node_id
    if change.approval_id is not None:
        payload |= {"approval_id": change.approval_id, "approval_status": change.approval_status}
    event = NewEvent(
        id=new_id(),
        received_at=clock.now(),
        text=dumps(payload),
        source=f"trigraph/workflows/{change.workflow_id}",
        type=change.type,
        time=change.happened_at.isoformat(),
        attributes={"subject": change.execution_id},
        cause=Cause(change.execution_id, change.root_id, change.node_id),
        depth=change.depth + 1,
        about=change.workflow_id,
    )
    return event, payload


def cloud_event(event: NewEvent, payload: dict[str, Any]) -> str:
    """An event of the engine as a structured CloudEvent."""
    attributes = {"specversion": "1.0", "id": event.id, "source": event.source, "type": event.type, "time": event.time}
    return dumps({**attributes, **event.attributes, "datacontenttype": "application/json", "data": payload})
