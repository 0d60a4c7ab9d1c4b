"""Submitted executions that are started together: each request gets what it would have got alone."""

from __future__ import annotations

from typing import Any

import pytest

from app.access.caller import Caller
from app.engine.commands.start import StartedExecution, start_submitted
from app.engine.commands.start_submitted_together import Outcome, StartSubmitted, start_submitted_together
from app.engine.config import EngineContext
from app.engine.wakeups.message import WakeUp
from app.errors import InvalidParameters, NotFound
from app.storage.database import driver
from app.storage.ids import NOBODY, new_id
from tests.engine.commands.test_start_together import CALLER, OURS, context, rows, save

__all__ = ["context"]

COLUMNS = "payload, status, queued, lane, arrival, rate, admitted_at, woken_at IS NOT NULL, next_check_at IS NOT NULL"


def submit(context: EngineContext, parameters: Any = (), flow: Any = None) -> str:
    """An execution that waits for its trigger."""
    id, workflow = new_id(), save(context, parameters, flow)
    statement = "INSERT INTO executions (id, workflow_id, version, status, payload) VALUES (%s, %s, 1, 'PENDING', '{}')"
    rows(context, statement, id, workflow)
    return id


def start(context: EngineContext, *requests: tuple[str, Any], actor: Caller | None = None) -> list[Outcome]:
    return list(start_submitted_together(context, [StartSubmitted(id, given, actor, 0) for id, given in requests]))


def started(outcomes: list[Outcome]) -> list[str]:
    return [each.id for each in outcomes if isinstance(each, StartedExecution)]


def test_group_starts_what_a_request_alone_starts(context: EngineContext) -> None:
    alone, *grouped = [submit(context) for _ in range(3)]
    with driver(context.engine) as connection, connection.cursor() as cursor:
        expected = start_submitted(context, cursor, alone, {"n": 1})

    outcomes = start(context, *((each, {"n": 1}) for each in grouped))

    assert rows(context, f"SELECT DISTINCT ({COLUMNS})::text FROM executions") != []
    assert len(rows(context, f"SELECT DISTINCT ({COLUMNS})::text FROM executions")) == 1
    for id, outcome in zip(grouped, outcomes, strict=True):
        assert isinstance(outcome, StartedExecution)
        assert outcome.created == expected.created._replace(id=id, created_at=outcome.created.created_at)
        assert outcome.aftermath.wake_ups == (WakeUp(id),)
    assert len(rows(context, "SELECT DISTINCT xmin::text FROM executions WHERE id = ANY(%s::uuid[])", grouped)) == 1


def test_request_that_is_refused_spoils_no_other(context: EngineContext) -> None:
    needs, other = (submit(context, [{"name": "a", "type": "integer", "required": True}]) for _ in range(2))

    unknown, odd, invalid, good = start(context, (NOBODY, {}), ("no id", {}), (needs, {}), (other, {"a": 1}))

    assert isinstance(unknown, NotFound)
    assert isinstance(odd, NotFound)
    assert isinstance(invalid, InvalidParameters)
    assert started([good]) == [other]


def test_execution_is_started_once(context: EngineContext) -> None:
    id = submit(context)

    first, second = start(context, (id, {"n": 1}), (id.upper(), {"n": 2}))
    (third,) = start(context, (id, {"n": 3}))

    assert (started([first]), second, third) == ([id], None, None)
    assert rows(context, "SELECT payload FROM executions") == [({"n": 1},)]


@pytest.mark.parametrize("status", ["RUNNING", "COMPLETED", "PAUSED"])
def test_execution_that_has_begun_is_left(context: EngineContext, status: str) -> None:
    begun, other = submit(context), submit(context)
    rows(context, "UPDATE executions SET status = %s WHERE id = %s", status, begun)

    assert started(start(context, (begun, {}), (other, {}))) == [other]


def test_execution_with_a_lane_is_left(context: EngineContext) -> None:
    assert start(context, (submit(context, flow={"concurrency": {"limit": 1}}), {})) == [None]


def test_execution_that_others_hold_is_left(context: EngineContext) -> None:
    held, other = submit(context), submit(context)
    with context.engine.begin() as connection:
        connection.exec_driver_sql("SELECT FROM executions WHERE id = %s FOR UPDATE", (held,))

        assert started(start(context, (held, {}), (other, {}))) == [other]


def test_deed_is_recorded_with_the_start(context: EngineContext) -> None:
    ids, begun = [submit(context) for _ in range(2)], submit(context)
    rows(context, "UPDATE executions SET status = 'RUNNING' WHERE id = %s", begun)

    start(context, *((id, {}) for id in (*ids, begun)), actor=CALLER)

    entries = rows(context, f"SELECT thing_id, actor, kind, key_id, address, action, thing FROM audit WHERE {OURS}")
    assert sorted(entries) == [(id, "ci", "key", CALLER.key_id, "127.0.0.1", "start", "execution") for id in ids]


def test_deed_is_as_new_as_the_start(context: EngineContext) -> None:
    id = submit(context)
    before = new_id()

    start(context, (id, {}), actor=CALLER)

    assert id < before
    assert rows(context, f"SELECT id::text > %s FROM audit WHERE {OURS}", before) == [(True,)]
