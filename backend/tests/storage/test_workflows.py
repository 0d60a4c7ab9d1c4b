"""Workflows whose names are their own, saved by several at once."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from app.errors import Conflict
from app.flow_control.spec import is_scheduled_at
from app.scripts.stack.processes import wait_until
from app.storage import workflows
from app.storage.database import driver
from app.storage.models.workflows import Workflow
from app.storage.orm import make_sessions
from app.storage.workflow_draft import WorkflowDraft

WAITS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def dag(name: str) -> WorkflowDraft:
    return WorkflowDraft(kind="dag", name=name, document={"dag": {"nodes": [{"id": "a", "handler": "end"}]}})


def create(engine: Engine, name: str) -> str:
    with make_sessions(engine)() as session, session.begin():
        return workflows.create_workflow(session, dag(name)).id


def rename(engine: Engine, id: str, name: str) -> None:
    with make_sessions(engine)() as session, session.begin():
        workflows.replace_workflow(session, workflows.get_locked(session, id), dag(name))


def delete(engine: Engine, id: str) -> None:
    with make_sessions(engine)() as session, session.begin():
        workflows.delete_workflow(session, workflows.get_locked(session, id))


def is_waiting(engine: Engine) -> bool:
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute(WAITS)
        return bool(cursor.rowcount)


def test_taking_and_creating_a_name_do_not_deadlock(engine: Engine) -> None:
    old = create(engine, "old")

    with ThreadPoolExecutor(1) as pool, make_sessions(engine)() as session:
        session.execute(text("SELECT FROM catalog FOR UPDATE"))
        renaming = pool.submit(rename, engine, old, "new")
        assert wait_until(lambda: is_waiting(engine), seconds=20)
        workflows.create_workflow(session, dag("new"))
        session.commit()

        with pytest.raises(Conflict, match="There is a workflow of the name new already"):
            renaming.result()


def test_releasing_and_taking_a_name_do_not_deadlock(engine: Engine) -> None:
    old = create(engine, "old")

    with ThreadPoolExecutor(1) as pool, make_sessions(engine)() as session:
        session.execute(text("SELECT FROM catalog FOR UPDATE"))
        deleting = pool.submit(delete, engine, old)
        assert wait_until(lambda: is_waiting(engine), seconds=20)
        with pytest.raises(Conflict, match="There is a workflow of the name old already"):
            workflows.create_workflow(session, dag("old"))
        session.rollback()
        deleting.result()

    assert create(engine, "old") != old


DUE = datetime(2020, 1, 1, tzinfo=timezone.utc)
LATER = datetime(2090, 1, 1, tzinfo=timezone.utc)


def save_schedule(engine: Engine, id: str, schedule: dict[str, Any]) -> datetime | None:
    with make_sessions(engine)() as session, session.begin():
        flow = {"schedule": schedule}
        is_time = partial(is_scheduled_at, flow)
        draft = dataclasses.replace(dag("scheduled"), flow=flow, next_at=LATER, is_scheduled_at=is_time)
        return workflows.replace_workflow(session, workflows.get_locked(session, id), draft).next_at


@pytest.mark.parametrize(
    "words",
    [
        {"cron": "0 0 * * *", "timezone": "UTC"},
        {"cron": "0  0 * * * ", "overlap": "skip", "catch_up": "one"},
        {"cron": "@daily", "payload": {"a": 1}},
        {"cron": "0 0 * * *", "timezone": "Etc/UTC"},
        {"cron": "0 0 0 * * *"},
        {"cron": "0 0 */1 1-12 sun-sat"},
        {"cron": "0 5 * * *", "timezone": "Asia/Karachi"},
    ],
)
def test_schedule_saved_with_equal_times_keeps_its_due_time(engine: Engine, words: dict[str, Any]) -> None:
    with make_sessions(engine)() as session, session.begin():
        draft = dataclasses.replace(dag("scheduled"), flow={"schedule": {"cron": "0 0 * * *"}}, next_at=DUE)
        id = workflows.create_workflow(session, draft).id

    assert save_schedule(engine, id, words) == DUE
    assert save_schedule(engine, id, {**words, "cron": "0 1 * * *"}) == LATER
    assert save_schedule(engine, id, {**words, "cron": "0 1 * * *", "timezone": "Asia/Tokyo"}) == LATER


def register(engine: Engine, source: str) -> str:
    """Register a workflow file with this text; return the outcome."""
    with make_sessions(engine)() as session, session.begin():
        draft = dataclasses.replace(dag("shipped"), document={"text": source})
        return workflows.register_workflow(session, draft, source=source)


def test_file_of_an_older_build_does_not_come_back(engine: Engine) -> None:
    assert [register(engine, text) for text in ("old", "old", "new", "old", "new")] == [
        *("new", "unchanged", "updated", "outdated", "unchanged")
    ]


def test_file_that_is_changed_again_is_registered(engine: Engine) -> None:
    assert [register(engine, text) for text in ("a", "b", "a # back")] == ["new", "updated", "updated"]


def test_same_file_is_registered_again_over_a_change_by_hand(engine: Engine) -> None:
    register(engine, "a")
    with make_sessions(engine)() as session, session.begin():
        workflow = session.scalars(select(Workflow)).one()
        workflows.replace_workflow(session, workflow, dataclasses.replace(dag("shipped"), document={"text": "hand"}))

    assert register(engine, "a") == "updated"
