"""Many events of schedules accepted together: one transaction and few statements, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.storage.database import Cursor
from app.storage.events import NewEvent
from app.storage.flow_control import lanes, schedules
from app.storage.flow_control.schedules import ScheduledEvent
from app.triggers.admission import Admissions, admissions_of
from app.triggers.fire import Fired, event_data, response_of
from app.triggers.triggers import Decisions, Triggers


@dataclass(frozen=True)
class Post:
    """An event of a schedule, and what it starts."""

    event: NewEvent
    decisions: Decisions
    admissions: Admissions


def prepare_post(triggers: Triggers, event: NewEvent, payload: Any, *, scheduled: str) -> Post:
    """Ask the triggers about an event that the schedule of the workflow ``scheduled`` posts."""
    decisions = triggers.decide(payload, event_data(event)).including(triggers.entries.get(scheduled))
    return Post(event, decisions, admissions_of(decisions, triggers.flows, payload, scheduled=scheduled))


def fire_scheduled(cursor: Cursor, triggers: Triggers, posts: Sequence[Post], *, grace: float) -> list[Fired] | None:
    """
    Accept these events inside an open transaction; None where the triggers are out of date.

    No two of them may enter the same lane, and none a window. Events that were posted before start nothing.
    """
    wanted = [lane for post in posts for lane in post.admissions.lanes]
    states = {state.lane.name: state for state in lanes.enter_lanes(cursor, wanted)} if wanted else {}
    for post in posts:
        post.admissions.settle([states[lane.name] for lane in post.admissions.lanes])
    events = [
        ScheduledEvent(
            post.event, response_of(post.event, post.decisions, post.admissions), post.admissions.executions()
        )
        for post in posts
    ]
    accepted = schedules.accept_scheduled_events(cursor, events, revision=triggers.revision, grace=grace)
    if accepted.revision != triggers.revision:
        return None
    new = set(accepted.event_ids)
    return [_fired(cursor, post, accepted.is_awaited, grace) for post in posts if post.event.id in new]


def _fired(cursor: Cursor, post: Post, is_awaited: bool, grace: float) -> Fired:
    behind = [id for lane in post.admissions.lanes_with_backlog for id in lanes.admit_next(cursor, lane, grace=grace)]
    return Fired("", [*post.admissions.beginning, *behind], post.admissions.lanes_over_limit, is_awaited=is_awaited)
