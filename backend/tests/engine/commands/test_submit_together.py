"""Workflows that are sent along together: those that are saved start in their lane, which is locked once."""

from __future__ import annotations

from typing import Any

from app.access.caller import Caller
from app.engine.commands.start import StartedExecution, start_in_lane
from app.engine.commands.submit_together import Outcome, Submission, submit_together
from app.engine.config import EngineContext
from app.engine.wakeups.message import WakeUp
from app.storage.database import commit, driver
from app.storage.flow_control.lanes import Lane
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.storage.workflow_draft import WorkflowDraft
from app.storage.workflows import find_submitted
from tests.engine.commands.test_start_together import CALLER, OURS, context, rows

__all__ = ["context"]

LANE = Lane("steps", 3)
COLUMNS = "payload, status, queued, lane, rate, priority, next_check_at IS NOT NULL, arrival IS NOT NULL"


def draft(name: str, **params: Any) -> WorkflowDraft:
    task = {"name": "task_a", "params": params}
    document = {"steps": [{"execution_type": "sequential", "tasks": [task]}]}
    return WorkflowDraft(kind="steps", name=name, document=document, warnings=[])


def save(context: EngineContext, given: WorkflowDraft) -> str:
    id = new_id()
    rows(
        context,
        "INSERT INTO workflows (id, kind, name, document, is_active, catalog_revision)"
        " VALUES (%s, %s, %s, %s, true, 1)",
        *(id, given.kind, given.name, dumps(given.document)),
    )
    return id


def submit(
    context: EngineContext, *drafts: WorkflowDraft, actor: Caller | None = None, priority: int = 0
) -> list[Outcome]:
    return list(submit_together(context, [Submission(each, LANE, priority, actor, 0) for each in drafts]))


def found(outcomes: list[Outcome]) -> list[StartedExecution]:
    return [each for each in outcomes if each is not None]


def test_group_starts_what_a_request_alone_starts(context: EngineContext) -> None:
    saved = draft("a")
    workflow = save(context, saved)
    with driver(context.engine) as connection, connection.cursor() as cursor:
        same = find_submitted(cursor, saved)
        assert same is not None
        expected = start_in_lane(context, cursor, same, LANE, priority=2)
        commit(cursor)

    outcomes = found(submit(context, saved, saved, priority=2))

    assert rows(context, f"SELECT DISTINCT ({COLUMNS})::text, workflow_id FROM executions")[0][1] == workflow
    assert len(rows(context, f"SELECT DISTINCT ({COLUMNS})::text FROM executions")) == 1
    assert [each.created.queued for each in outcomes] == [expected.created.queued] * 2
    assert [each.aftermath.wake_ups for each in outcomes] == [(WakeUp(each.id),) for each in outcomes]


def test_lane_that_fills_up_queues_the_rest_in_their_order(context: EngineContext) -> None:
    save(context, draft("a"))

    outcomes = found(submit(context, *[draft("a")] * 5))

    assert [each.created.queued for each in outcomes] == [False, False, False, True, True]
    assert [len(each.aftermath.wake_ups) for each in outcomes] == [1, 1, 1, 0, 0]
    assert rows(context, "SELECT id FROM executions ORDER BY arrival") == [(each.id,) for each in outcomes]


def test_workflow_that_is_not_saved_is_left(context: EngineContext) -> None:
    save(context, draft("a"))

    outcomes = submit(context, draft("a", n=1), draft("b"), draft("a"))

    assert [each is not None for each in outcomes] == [False, False, True]


def test_deeds_are_recorded_with_the_starts(context: EngineContext) -> None:
    save(context, draft("a"))

    outcomes = found(submit(context, draft("a"), draft("a"), draft("b"), actor=CALLER))

    entries = rows(context, f"SELECT thing_id, actor, kind, key_id, address, action, thing FROM audit WHERE {OURS}")
    assert sorted(entries) == sorted(
        (each.id, "ci", "key", CALLER.key_id, "127.0.0.1", "start", "execution") for each in outcomes
    )
    assert len({at for (at,) in rows(context, f"SELECT xmin::text FROM audit WHERE {OURS}")}) == 1


def test_group_that_postgres_refuses_is_left(context: EngineContext) -> None:
    save(context, draft("a"))

    assert submit(context, draft("a"), draft("a"), priority=100_000) == [None, None]
    assert rows(context, "SELECT FROM executions") == []
