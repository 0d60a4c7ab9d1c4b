"""Executions that are started together: each request gets what it would have got alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.access.caller import LOCAL, Caller, CallerKind
from app.engine import handlers
from app.engine.commands.start import StartedWorkflow
from app.engine.commands.start_together import Outcome, Start, start_together
from app.engine.config import EngineConfig, EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import discover
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.errors import InvalidParameters, NotFound
from app.settings import Settings
from app.storage.database import driver
from app.storage.engine import make_engine
from app.storage.ids import NOBODY, new_id
from app.storage.json_text import dumps
from app.triggers.triggers import TriggerCache

CALLER = Caller("ci", CallerKind.KEY, frozenset(), key_id=new_id(), address="127.0.0.1")
#: Entries of this test: nothing is ever removed from the audit.
OURS = "thing_id IN (SELECT id::text FROM executions)"


@pytest.fixture
def context(settings: Settings) -> Iterator[EngineContext]:
    engine = make_engine(settings)
    yield EngineContext(
        engine, WorkflowCache(discover(handlers)), TriggerCache(), Publisher(lambda _: None), EngineConfig()
    )
    engine.dispose()


def rows(context: EngineContext, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with driver(context.engine) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def save(context: EngineContext, parameters: Any = (), flow: Any = None) -> str:
    """A workflow of one task."""
    id, task = new_id(), {"id": "a", "type": "activity", "activity_type": "transform"}
    document = dumps({"definition": {"tasks": [task], "parameters": list(parameters)}})
    rows(
        context,
        "INSERT INTO workflows (id, kind, name, flow, document, is_active, catalog_revision)"
        " VALUES (%s, 'tasks', %s, %s, %s, true, 1)",
        *(id, id, dumps(flow) if flow else None, document),
    )
    rows(context, "INSERT INTO workflow_versions (workflow_id, version, document) VALUES (%s, 1, %s)", id, document)
    return id


def start(context: EngineContext, *requests: tuple[str, Any], actor: Caller | None = None) -> list[Outcome]:
    return list(start_together(context, [Start(id, given, actor, 0) for id, given in requests]))


def started(outcome: Outcome) -> StartedWorkflow:
    assert isinstance(outcome, StartedWorkflow), outcome
    return outcome


def test_executions_are_created_in_one_transaction(context: EngineContext) -> None:
    one, other = save(context), save(context)

    found = [started(each) for each in start(context, (one, {"n": 1}), (other, {"n": 2}), (one, {"n": 3}))]

    stored = rows(context, "SELECT id, workflow_id, payload, status, created_at FROM executions ORDER BY id")
    assert stored == [
        (found[0].id, one, {"n": 1}, "PENDING", found[0].created.created_at),
        (found[1].id, other, {"n": 2}, "PENDING", found[1].created.created_at),
        (found[2].id, one, {"n": 3}, "PENDING", found[2].created.created_at),
    ]
    assert len(rows(context, "SELECT DISTINCT xmin::text FROM executions")) == 1
    assert [each.aftermath.wake_ups for each in found] == [(WakeUp(each.id),) for each in found]


def test_deed_is_recorded_with_the_execution(context: EngineContext) -> None:
    found = [started(each) for each in start(context, *[(save(context), {})] * 2, actor=CALLER)]

    entries = rows(
        context, f"SELECT thing_id, actor, kind, key_id, address, action, thing FROM audit WHERE {OURS} ORDER BY id"
    )
    assert entries == [(each.id, "ci", "key", CALLER.key_id, "127.0.0.1", "start", "execution") for each in found]
    assert rows(context, f"SELECT DISTINCT xmin::text FROM audit WHERE {OURS}") == rows(
        context, "SELECT DISTINCT xmin::text FROM executions"
    )


def test_deeds_of_a_group_have_their_own_callers(context: EngineContext) -> None:
    workflow = save(context)
    ann = Caller("ann", CallerKind.PERSON, frozenset())
    callers = [CALLER, None, ann, CALLER]

    found = start_together(context, [Start(workflow, {}, caller, 0) for caller in callers])

    ids = [started(each).id for each in found]
    stored = rows(context, f"SELECT thing_id, actor, kind, key_id, address FROM audit WHERE {OURS} ORDER BY id")
    assert stored == [
        (ids[0], "ci", "key", CALLER.key_id, "127.0.0.1"),
        (ids[2], "ann", "person", None, None),
        (ids[3], "ci", "key", CALLER.key_id, "127.0.0.1"),
    ]


def test_request_that_is_refused_spoils_no_other(context: EngineContext) -> None:
    needs = save(context, [{"name": "a", "type": "integer", "required": True}])

    unknown, invalid, good = start(context, (NOBODY, {}), (needs, {}), (needs, {"a": 1}), actor=LOCAL)

    assert isinstance(unknown, NotFound)
    assert isinstance(invalid, InvalidParameters)
    assert rows(context, "SELECT id FROM executions") == [(started(good).id,)]
    assert rows(context, f"SELECT thing_id FROM audit WHERE {OURS}") == [(started(good).id,)]


def test_workflow_with_a_lane_is_left_to_be_started_alone(context: EngineContext) -> None:
    limited = save(context, flow={"concurrency": {"limit": 1}})

    assert start(context, (limited, {}), actor=CALLER) == [None]
    assert rows(context, "SELECT FROM executions") == []


@pytest.mark.parametrize("change", ["revision = revision + 1", "deleted_at = now()"])
def test_workflow_changed_meanwhile_is_left_to_be_started_alone(context: EngineContext, change: str) -> None:
    changed, other = save(context), save(context)
    start(context, (changed, {}), (other, {}))
    rows(context, f"UPDATE workflows SET {change} WHERE id = %s", changed)

    left, found = start(context, (changed, {}), (other, {}), actor=CALLER)

    assert left is None
    assert rows(context, f"SELECT thing_id FROM audit WHERE {OURS}") == [(started(found).id,)]


def test_group_that_postgres_refuses_is_left_to_be_started_alone(context: EngineContext) -> None:
    id = save(context)
    nobody = Caller("ci", CallerKind.KEY, frozenset(), key_id="no id")

    outcomes = start_together(context, [Start(id, {}, CALLER, 0), Start(id, {}, nobody, 0)])

    assert list(outcomes) == [None, None]
    assert rows(context, "SELECT FROM executions") == []
