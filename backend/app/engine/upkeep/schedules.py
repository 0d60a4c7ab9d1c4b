"""Schedules posted: each time that is due becomes an event, once, however many timekeepers there are."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import Any

from app.engine.commands.flow_control import follow_up
from app.engine.config import EngineContext
from app.engine.wakeups.message import WakeUp
from app.errors import InvalidDefinition
from app.flow_control.cron import due_times, next_time
from app.flow_control.spec import Schedule, read_flow
from app.storage.database import driver
from app.storage.events import NewEvent
from app.storage.flow_control import schedules
from app.storage.flow_control.schedules import DueSchedule
from app.storage.idempotency import digest_of
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.triggers.fire import fire_event

log = logging.getLogger(__name__)

#: The ``type`` of the events that schedules post; their ``source`` names the workflow.
EVENT_TYPE = "trigraph.schedule"
#: Days for which the key of a scheduled event is kept: longer than any outage between the event and the next time.
KEY_DAYS = 30


def post_due_event(context: EngineContext, due: DueSchedule) -> list[WakeUp]:
    """
    Post the events of one workflow that are due.

    The event comes first and the next time after it: who dies in between leaves a time that is due once more, and an
    event that is known already.
    """
    schedule = _read_schedule(due)
    wake_ups = []
    for time in due_times(*schedule.when, due.first, due.now, schedule.catch_up) if schedule else ():
        event, payload = event_of(due.workflow_id, schedule, time)
        fired = fire_event(
            context.engine,
            context.triggers,
            event,
            payload,
            grace=context.config.grace,
            scheduled=due.workflow_id,
        )
        wake_ups += [WakeUp(id) for id in fired.execution_ids]
        wake_ups += follow_up(context, fired)
    with driver(context.engine) as connection, connection.cursor() as cursor:
        schedules.set_next_time(cursor, due, next_time(*schedule.when, due.now) if schedule else None)
    return wake_ups


def event_of(workflow_id: str, schedule: Schedule | None, time: datetime) -> tuple[NewEvent, dict[str, Any]]:
    """The event of one time, and its payload; the same time is the same event."""
    written = time.isoformat()
    payload = {"scheduled_at": written, **((schedule and schedule.payload) or {})}
    event = NewEvent(
        id=new_id(),
        received_at=datetime.now(timezone.utc),
        text=dumps(payload),
        type=EVENT_TYPE,
        source=f"/workflows/{workflow_id}",
        time=written,
        key_days=KEY_DAYS,
        dedupe_key=digest_of(["schedule", workflow_id, written]),
    )
    return event, payload


def _read_schedule(due: DueSchedule) -> Schedule | None:
    """What the workflow says; None where that is not understood any more, which must not stop the others."""
    try:
        flow = read_flow(due.flow)
    except InvalidDefinition as error:
        log.error("The schedule of workflow %s is not understood: %s", due.workflow_id, error)
        return None
    return flow.schedule if flow else None
