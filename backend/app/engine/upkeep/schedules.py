"""
Schedules posted: each time that is due becomes one event, however many timekeepers there are.

A timekeeper claims a batch of due workflows by locking their rows, and posts their events and sets their next times in
the same transaction: a process that dies in between has done neither.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from app.engine.commands.aftermath import dispatch
from app.engine.config import EngineContext
from app.engine.upkeep.chore import Chore, is_shared
from app.engine.wakeups.aftermath import aftermath_of
from app.errors import InvalidDefinition
from app.flow_control.cron import due_times, next_time
from app.flow_control.spec import Schedule, read_flow
from app.storage.clock import clock
from app.storage.database import Cursor, driver, transaction
from app.storage.events import NewEvent
from app.storage.flow_control import schedules
from app.storage.flow_control.schedules import DueSchedule
from app.storage.idempotency import digest_of
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.triggers.fire import Fired, try_fire
from app.triggers.scheduled import Post, fire_scheduled, prepare_post
from app.triggers.triggers import Triggers

log = logging.getLogger(__name__)

#: The ``type`` of the events that schedules post; their ``source`` names the workflow.
EVENT_TYPE = "trigraph.schedule"
#: Days for which the key of a scheduled event is kept: longer than any outage between the event and the next time.
KEY_DAYS = 30
#: Workflows whose events one transaction posts.
BATCH = 100
#: Times that a save may come between reading the triggers and posting an event.
MAX_ATTEMPTS = 5


class StaleTriggers(Exception):
    """A workflow was saved since this process read the triggers: nothing was posted, and is to be tried again."""


@dataclass(frozen=True)
class _Plan:
    """How a batch of due workflows is posted."""

    #: Events that one statement accepts, with the next time of each workflow.
    together: dict[str, tuple[Post | None, datetime | None]]
    #: Workflows that need a transaction of their own: several times, a window, or a lane that another event enters.
    alone: list[str]


def post_due_schedules(context: EngineContext, chore: Chore) -> bool:
    """Post the events of due workflows; True where there may be more."""
    triggers = context.triggers.current
    try:
        due, alone = _post_together(context, chore, triggers)
    except StaleTriggers:
        with driver(context.engine) as connection, connection.cursor() as cursor:
            context.triggers.refresh(cursor, stale=triggers)
        return True
    except Exception as error:  # one of them cannot be stored: each gets a transaction of its own, so the others can be
        if is_shared(error):
            raise
        log.warning("A batch of schedules cannot be posted together; posting one by one.", exc_info=True)
        with transaction(context.engine) as cursor:
            found = schedules.take_due_schedules(cursor, batch=BATCH, but=chore.backoff.paused())
        due, alone = len(found), [each.workflow_id for each in found]
    for workflow_id in alone:
        chore.run_item(workflow_id, partial(_post_alone, context, workflow_id))
    return due == BATCH


def _post_together(context: EngineContext, chore: Chore, triggers: Triggers) -> tuple[int, list[str]]:
    """
    Post what one statement can; returns how many workflows were due, and those that are left.

    Raises StaleTriggers.
    """
    with transaction(context.engine) as cursor:
        due = schedules.take_due_schedules(cursor, batch=BATCH, but=chore.backoff.paused())
        plan = _plan(triggers, due)
        posts = [post for post, _ in plan.together.values() if post is not None]
        fired = fire_scheduled(cursor, triggers, posts, grace=context.config.grace) if posts else []
        if fired is None:
            raise StaleTriggers
        schedules.set_next_times(cursor, {id: next_at for id, (_, next_at) in plan.together.items()})
    _follow_up(context, fired)
    return len(due), plan.alone


def _plan(triggers: Triggers, due: Sequence[DueSchedule]) -> _Plan:
    plan, lanes = _Plan({}, []), set[str]()
    for each in due:
        schedule = _read_schedule(each)
        times = due_times(*schedule.when, each.first, each.now, schedule.catch_up) if schedule else []
        next_at = next_time(*schedule.when, each.now) if schedule else None
        if not times:
            plan.together[each.workflow_id] = (None, next_at)
            continue
        post = prepare_post(triggers, *event_of(each.workflow_id, schedule, times[0]), scheduled=each.workflow_id)
        own = {lane.name for lane in post.admissions.lanes}
        if len(times) > 1 or post.admissions.windows or own & lanes:
            plan.alone.append(each.workflow_id)
        else:
            lanes |= own
            plan.together[each.workflow_id] = (post, next_at)
    return plan


def _post_alone(context: EngineContext, workflow_id: str) -> None:
    """Post the events of one workflow in a transaction of its own."""
    posted: list[Fired] = []
    with transaction(context.engine) as cursor:
        due = schedules.take_due_schedule(cursor, workflow_id)
        if due is None:
            return
        schedule = _read_schedule(due)
        for time in due_times(*schedule.when, due.first, due.now, schedule.catch_up) if schedule else ():
            posted.append(_fire(context, cursor, event_of(workflow_id, schedule, time), workflow_id))
        schedules.set_next_times(cursor, {workflow_id: next_time(*schedule.when, due.now) if schedule else None})
    _follow_up(context, posted)


def _fire(context: EngineContext, cursor: Cursor, event: tuple[NewEvent, dict[str, Any]], workflow_id: str) -> Fired:
    """Accept one event inside the open transaction. Raises StaleTriggers where saves keep coming in between."""
    for _ in range(MAX_ATTEMPTS):
        fired = try_fire(cursor, context.triggers, *event, context.config.grace, workflow_id, inside=True)
        if fired is not None:
            return fired
    raise StaleTriggers(f"Workflows were saved {MAX_ATTEMPTS} times while the schedule of {workflow_id} was posted.")


def _follow_up(context: EngineContext, posted: Sequence[Fired]) -> None:
    """Act on the events after their commit."""
    for fired in posted:
        dispatch(context, aftermath_of(fired))


def event_of(workflow_id: str, schedule: Schedule | None, time: datetime) -> tuple[NewEvent, dict[str, Any]]:
    """The event of one time, and its payload; the same time is the same event."""
    written = time.isoformat()
    payload = {"scheduled_at": written, **((schedule and schedule.payload) or {})}
    event = NewEvent(
        id=new_id(),
        received_at=clock.now(),
        text=dumps(payload),
        type=EVENT_TYPE,
        source=f"/workflows/{workflow_id}",
        time=written,
        key_days=KEY_DAYS,
        dedupe_key=digest_of(["schedule", workflow_id, written]),
    )
    return event, payload


def _read_schedule(due: DueSchedule) -> Schedule | None:
    """The schedule of the workflow; None where this build does not understand it, which must not stop the others."""
    try:
        flow = read_flow(due.flow)
    except InvalidDefinition as error:
        log.error(
            "The schedule of workflow %s is not valid and is switched off until the workflow is saved again: %s",
            due.workflow_id,
            error,
            extra={"workflow": due.workflow_id},
        )
        return None
    return flow.schedule if flow else None
