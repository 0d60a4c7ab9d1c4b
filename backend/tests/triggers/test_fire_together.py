"""Events that are stored together: each gets what it would have got alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Engine

from app.settings import Settings
from app.storage.database import driver
from app.storage.engine import make_engine
from app.storage.events import NewEvent
from app.storage.idempotency import KeyReused, digest_of
from app.storage.ids import new_id
from app.storage.json_text import dumps, loads
from app.triggers.fire import Fired, fire_event
from app.triggers.fire_together import DECIDING, Outcome, Posted, fire_together
from app.triggers.triggers import TriggerCache


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings)
    yield engine
    engine.dispose()


def posted(payload: Any, key: str | None = None, body_hash: str | None = None, **more: Any) -> Posted:
    digest = digest_of(["key", key]) if key else None
    event = NewEvent(
        new_id(),
        datetime.now(timezone.utc),
        more.pop("text", dumps(payload)),
        dedupe_key=digest,
        idempotency_key=key,
        body_hash=body_hash,
        key_days=1 if key else None,
        **more,
    )
    return Posted(event, payload)


def fire(engine: Engine, *events: Posted, cache: TriggerCache | None = None) -> list[Outcome]:
    return list(fire_together(engine, cache or TriggerCache(), events, grace=5))


def answer(outcome: Outcome) -> dict[str, Any]:
    assert isinstance(outcome, Fired), outcome
    found: dict[str, Any] = loads(outcome.answer)
    return found


def rows(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def save_workflow(engine: Engine, trigger: Any, **flow: Any) -> str:
    """A workflow of one node, which the cache of no process knows."""
    id, graph = new_id(), dumps({"nodes": [{"id": "start", "type": "start"}], "edges": []})
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO workflows (id, kind, name, trigger, flow, document, is_active, catalog_revision)"
            " VALUES (%s, 'graph', 'w', %s, %s, %s, true, (SELECT revision + 1 FROM catalog))",
            (id, dumps(trigger), dumps(flow) if flow else None, graph),
        )
        cursor.execute("INSERT INTO workflow_versions (workflow_id, version, document) VALUES (%s, 1, %s)", (id, graph))
        cursor.execute("UPDATE catalog SET revision = revision + 1")
    return id


def test_events_are_stored_in_one_transaction(engine: Engine) -> None:
    workflow = save_workflow(engine, {"==": [{"var": "n"}, 1]})

    outcomes = fire(engine, posted({"n": 1}), posted({"n": 2}), posted({"n": 1}, source="s", attributes={"a": 1}))

    assert [answer(each)["matched"] for each in outcomes] == [1, 0, 1]
    assert len(rows(engine, "SELECT DISTINCT xmin::text FROM events")) == 1
    stored = rows(engine, "SELECT e.event_id, e.workflow_id, e.payload FROM executions e ORDER BY e.id")
    assert stored == [
        (answer(outcomes[0])["event_id"], workflow, {"n": 1}),
        (answer(outcomes[2])["event_id"], workflow, {"n": 1}),
    ]


def test_event_is_stored_as_one_that_came_alone(engine: Engine) -> None:
    save_workflow(engine, True)
    more = {"external_id": "x", "source": "s", "type": "t", "time": "2026-01-01T00:00:00Z", "attributes": {"a": [1]}}
    together, alone = posted({"n": 1.10}, key="a", body_hash="h", **more), posted({"n": 1.10}, key="b", **more)

    (outcome,) = fire(engine, together)
    fired = fire_event(engine, TriggerCache(), alone.event, alone.payload, grace=5)

    columns = (
        "external_id::text, source::text, type::text, time::text, attributes::text, payload::text, depth, root_id,"
        " cause_execution_id, catalog_revision"
    )
    assert rows(engine, f"SELECT {columns} FROM events")[0] == rows(engine, f"SELECT {columns} FROM events")[1]
    assert answer(outcome).keys() == loads(fired.answer).keys()
    kept = "version, status, payload::text, depth, root_id, lane, queued, rate, admitted_at, next_check_at > now()"
    assert len(set(rows(engine, f"SELECT {kept} FROM executions"))) == 1
    assert rows(engine, "SELECT route, status FROM idempotency_keys") == [("POST /events", 200)] * 2


def test_repeat_gets_the_first_answer(engine: Engine) -> None:
    save_workflow(engine, True)
    (first,) = fire(engine, posted({}, key="k"))

    new, repeat = fire(engine, posted({}), posted({}, key="k"))

    assert answer(repeat)["repeat_of"] == answer(first)["event_id"]
    assert "repeat_of" not in answer(new)
    assert rows(engine, "SELECT count(*) FROM executions") == [(2,)]
    assert rows(engine, "SELECT count(*) FROM event_repeats") == [(1,)]


def test_key_with_another_body_spoils_no_other_event(engine: Engine) -> None:
    fire(engine, posted({}, key="k", body_hash="one"))

    new, refused = fire(engine, posted({}), posted({}, key="k", body_hash="two"))

    assert isinstance(new, Fired)
    assert isinstance(refused, KeyReused)


def test_second_event_of_one_key_is_left_to_be_fired_alone(engine: Engine) -> None:
    first, second = fire(engine, posted({}, key="k"), posted({}, key="k"))

    assert isinstance(first, Fired)
    assert second is None


def test_expired_key_is_taken_over(engine: Engine) -> None:
    fire(engine, posted({}, key="k"))
    rows(engine, "UPDATE idempotency_keys SET expires_at = now() - interval '1 day' RETURNING 1")

    (outcome,) = fire(engine, posted({}, key="k"))

    assert "repeat_of" not in answer(outcome)


def test_event_that_postgres_refuses_has_all_fired_alone(engine: Engine) -> None:
    good, bad = posted({"a": 1}), posted({}, text="{no JSON")

    assert fire(engine, good, bad) == [None, None]
    assert rows(engine, "SELECT count(*) FROM events") == [(0,)]


def test_operator_that_raises_spoils_no_other_event(engine: Engine, operators: Any) -> None:
    operators("boom", lambda *_: 1 / 0)
    save_workflow(engine, {"and": [{"var": "boom"}, {"boom": []}]})

    good, bad = fire(engine, posted({}), posted({"boom": True}))

    assert answer(good)["errors"] == []
    assert len(answer(bad)["errors"]) == 1


def test_events_after_a_slow_one_are_left_to_be_fired_alone(engine: Engine, operators: Any) -> None:
    def work(*_: Any) -> bool:
        until = time.thread_time() + 2 * DECIDING
        while time.thread_time() < until:
            pass
        return True

    operators("work", work)
    save_workflow(engine, {"and": [{"var": "slow"}, {"work": []}]})

    quick, slow, next = fire(engine, posted({}), posted({"slow": True}), posted({}))

    assert [answer(each)["matched"] for each in (quick, slow)] == [0, 1]
    assert next is None


def test_event_that_enters_a_lane_is_left_to_be_fired_alone(engine: Engine) -> None:
    save_workflow(engine, {"==": [{"var": "lane"}, True]}, concurrency={"limit": 1})

    plain, laned = fire(engine, posted({}), posted({"lane": True}))

    assert answer(plain)["matched"] == 0
    assert laned is None


def test_workflow_saved_meanwhile_is_not_missed(engine: Engine) -> None:
    cache = TriggerCache()
    fire(engine, posted({}), cache=cache)
    save_workflow(engine, True)

    outcomes = fire(engine, posted({}), posted({}), cache=cache)

    assert [answer(each)["matched"] for each in outcomes] == [1, 1]


def test_events_are_to_be_matched_with_steps_that_wait(engine: Engine) -> None:
    rows(
        engine,
        "INSERT INTO subscriptions (id, execution_id, node_id, visit, attempt, condition, variables, correlation_path,"
        " correlation_key, since, ignored_events)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), 'w', 1, 1, 'true', '{}', '', '', now(), '{}') RETURNING 1",
    )

    outcomes = fire(engine, posted({}), posted({}))

    assert [isinstance(each, Fired) and each.is_awaited for each in outcomes] == [True, True]
    assert rows(engine, "SELECT count(*) FROM unmatched_events") == [(2,)]


def test_keys_of_a_group_may_come_in_any_order(engine: Engine) -> None:
    keys = [f"k{number}" for number in range(20)]

    one = fire(engine, *[posted({}, key=key) for key in keys])
    two = fire(engine, *[posted({}, key=key) for key in reversed(keys)])

    assert {answer(each)["repeat_of"] for each in two} == {answer(each)["event_id"] for each in one}
