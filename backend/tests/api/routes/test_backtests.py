"""Backtests: a rule on the events of the past, counted exactly, and what it missed started once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine

from app.settings import Settings
from app.storage.backtests.backtests import MOST_UNFINISHED
from app.storage.database import driver
from app.why.backtest.batch import BatchJudge
from app.why.backtest.work import work_on_backtests
from tests.api.client import Api
from tests.api.recorded import RecordedExecution

PAST = "2020-01-01T00:00:00Z"


def above(bound: int) -> dict[str, Any]:
    return {">": [{"var": "n"}, bound]}


def create(api: Api, rule: Any, **body: Any) -> dict[str, Any]:
    response = api.post("/backtests", json={"rule": rule, "from": PAST, **body})
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def run(api: Api, engine: Engine, rule: Any, **body: Any) -> dict[str, Any]:
    """A backtest that has ended."""
    created = create(api, rule, **body)
    while work_on_backtests(engine):
        pass
    found: dict[str, Any] = api.get(f"/backtests/{created['id']}").json()
    return found


def events_of(api: Api, backtest: dict[str, Any], kind: str) -> list[Any]:
    """The numbers of the events of a set."""
    response = api.get(f"/backtests/{backtest['id']}/events?set={kind}&limit=1000")
    assert response.status_code == 200, response.text
    return [event["payload"]["n"] for event in response.json()]


def ids_of(api: Api, backtest: dict[str, Any], kind: str) -> list[str]:
    return [event["id"] for event in api.get(f"/backtests/{backtest['id']}/events?set={kind}&limit=1000").json()]


def fire(api: Api, backtest: dict[str, Any], **body: Any) -> dict[str, Any]:
    response = api.post(f"/backtests/{backtest['id']}/fire", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def rows_of(engine: Engine) -> dict[str, int]:
    """The rows of every table that is not a backtest's own, nor the audit, which has who made it."""
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall() if not name.startswith(("backtest", "audit"))]
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchall()[0][0]
        return counts


def test_sets_are_counted_against_the_current_trigger(api: Api, engine: Engine) -> None:
    saved = api.save(trigger=above(5))
    for n in range(10):
        api.fire({"n": n})

    found = run(api, engine, {"and": [above(2), {"<": [{"var": "n"}, 8]}]}, workflow_id=saved["id"])

    assert found["status"] == "COMPLETED"
    assert found["progress"] == {"done": 10, "total": 10}
    assert found["counts"] == {"new": 3, "lost": 2, "same": 2, "error": 0, "near": 5}
    assert [events_of(api, found, kind) for kind in ("new", "lost", "same")] == [[3, 4, 5], [8, 9], [6, 7]]
    assert events_of(api, found, "near") == [0, 1, 2, 8, 9]
    assert found["executions"] == {"matches": 5, "would_start": 5}
    assert found["lost_executions"] == {"PENDING": 2}
    assert [clause["words"] for clause in found["clauses"]] == ["`n` > 2", "`n` < 8"]
    assert [(clause["passed"], clause["failed_alone"]) for clause in found["clauses"]] == [(7, 3), (8, 2)]
    assert sum(bucket["new"] for bucket in found["buckets"]) == 3


def test_comparison_with_nothing_and_with_a_revision(api: Api, engine: Engine) -> None:
    saved = api.save(trigger=above(5))
    revision = api.get(f"/workflows/{saved['id']}/revisions").json()[0]["revision"]
    api.put(f"/workflows/{saved['id']}", json={"name": "w", "trigger": False})
    for n in range(10):
        api.fire({"n": n})

    alone = run(api, engine, above(7), workflow_id=saved["id"], compare_to=None)
    then = run(api, engine, above(7), workflow_id=saved["id"], compare_to=revision)
    without = run(api, engine, above(7))

    assert (alone["counts"]["new"], alone["counts"]["lost"], alone["compare_to"]) == (2, 0, None)
    assert (then["counts"]["new"], then["counts"]["lost"], then["counts"]["same"]) == (0, 2, 2)
    assert (then["compare_to"], then["compared_revision"]) == (revision, revision)
    assert (without["counts"]["new"], without["compare_to"]) == (2, None)


def test_rules_differ_by_exactly_their_events(api: Api, engine: Engine) -> None:
    for n in range(30):
        api.fire({"n": n, "even": n % 2 == 0})
    rules = [
        above(10),
        {"and": [{"var": "even"}, above(20)]},
        {"or": [{"!": {"var": "even"}}, {"==": [{"var": "n"}, 4]}]},
    ]

    sets = [set(events_of(api, run(api, engine, rule), "new")) for rule in rules]

    assert sets[0] == set(range(11, 30))
    assert sets[1] == {22, 24, 26, 28}
    assert sets[2] == {4, *range(1, 30, 2)}


def test_only_events_of_the_period_count(api: Api, engine: Engine) -> None:
    ids = [api.fire({"n": n})["event_id"] for n in range(4)]
    moments = [api.get(f"/events/{id}").json()["received_at"] for id in ids]

    found = run(api, engine, True, **{"from": moments[1], "to": moments[3]})

    assert events_of(api, found, "new") == [1, 2]


def test_errors_and_properties_of_events(api: Api, engine: Engine, operators: Any) -> None:
    operators("boom", lambda n: 1 // n)
    cloud = {"Content-Type": "application/cloudevents+json"}
    event = {"specversion": "1.0", "source": "/s", "type": "order.paid"}
    for n in range(3):
        api.fire({**event, "id": str(n), "data": {"n": n}}, headers=cloud)

    raised = run(api, engine, {"boom": {"var": "n"}})
    typed = run(api, engine, {"==": [{"var": "$event.id"}, "2"]})

    assert (raised["counts"]["error"], raised["counts"]["new"]) == (1, 1)
    assert events_of(api, raised, "error") == [0]
    assert events_of(api, typed, "new") == [2]


def test_backtest_writes_only_its_own_rows(api: Api, engine: Engine) -> None:
    saved = api.save(trigger=above(5), concurrency={"limit": 1}, debounce={"period": "1h"})
    for n in range(10):
        api.fire({"n": n})
    before, woken = rows_of(engine), len(api.woken)

    found = run(api, engine, above(2), workflow_id=saved["id"])
    fire(api, found)

    assert rows_of(engine) == before
    assert len(api.woken) == woken


def test_slices_are_evaluated_side_by_side(api: Api, engine: Engine) -> None:
    for n in range(60):
        api.fire({"n": n})
    created = create(api, above(30))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: [work_on_backtests(engine, size=7) for _ in range(20)], range(4)))

    found = api.get(f"/backtests/{created['id']}").json()
    assert (found["status"], found["progress"]) == ("COMPLETED", {"done": 60, "total": 60})
    assert events_of(api, found, "new") == list(range(31, 60))
    pages, response = [], api.get(f"/backtests/{found['id']}/events?set=new&limit=4")
    while "next" in response.links:
        pages.append(len(response.json()))
        response = api.get(response.links["next"]["url"])
    assert sum(pages) + len(response.json()) == 29


def test_flow_control_is_simulated(api: Api, engine: Engine) -> None:
    batch = api.save(name="batch", trigger=False, batch={"size": 3, "period": "1h"})
    rate = api.save(name="rate", trigger=False, rate_limit={"limit": 2, "period": "1h", "on_limit": "drop"})
    keyed = api.save(name="keyed", trigger=False, debounce={"period": "1h", "key": "{{ payload.n }}"})
    for n in range(7):
        api.fire({"n": n % 4})

    counts = [run(api, engine, True, workflow_id=saved["id"])["executions"] for saved in (batch, rate, keyed)]

    assert counts == [{"matches": 7, "would_start": each} for each in (3, 2, 4)]


def test_missed_events_are_started_once(api: Api, engine: Engine) -> None:
    saved = api.save(trigger=above(5))
    for n in range(10):
        api.fire({"n": n})
    found = run(api, engine, above(2), workflow_id=saved["id"])
    other = run(api, engine, above(3), workflow_id=saved["id"])

    dry = fire(api, found)
    first = fire(api, found, limit=2, dry_run=False)
    with ThreadPoolExecutor(4) as pool:
        rest = list(pool.map(lambda backtest: fire(api, backtest, dry_run=False), [found, other, found, other]))

    assert (dry["would_start"], dry["skipped"]) == (3, 0)
    assert (first["started"], [row["outcome"] for row in first["executions"]]) == (2, [None, None])
    assert sum(answer["started"] for answer in rest) == 1
    rows = api.get(f"/executions?workflow_id={saved['id']}&limit=100").json()
    assert sorted(row["context"]["n"] for row in rows) == list(range(3, 10))
    started = first["executions"][0]
    execution = api.get(f"/executions/{started['id']}").json()
    assert execution["retro"]["backtest_id"] == found["id"]
    assert execution["event_id"] == started["event_id"] == execution["retro"]["event_id"]
    assert api.get(f"/events/{started['event_id']}").json()["retro"][0]["execution_id"] == started["id"]
    assert started["id"] in [wake_up.execution_id for wake_up in api.woken]


def test_started_events_pass_through_flow_control(api: Api, engine: Engine) -> None:
    saved = api.save(trigger=False, batch={"size": 3, "period": "1h"})
    for n in range(3):
        api.fire({"n": n})
    found = run(api, engine, True, workflow_id=saved["id"])

    answer = fire(api, found, dry_run=False)

    assert [(row["id"], row["outcome"]) for row in answer["executions"]] == [(None, "gathered")] * 3
    (execution,) = api.get("/executions").json()
    assert [event["n"] for event in execution["context"]["events"]] == [0, 1, 2]
    shown = api.get(f"/executions/{execution['id']}").json()["retro"]
    assert (shown["backtest_id"], shown["event_id"]) == (found["id"], answer["executions"][0]["event_id"])


def test_pace_delays_later_starts(api: Api, engine: Engine) -> None:
    saved = api.save(trigger=False)
    for n in range(3):
        api.fire({"n": n})
    found = run(api, engine, True, workflow_id=saved["id"])

    answer = fire(api, found, dry_run=False, pace="1/h")

    woken = [wake_up.execution_id for wake_up in api.woken]
    assert woken == [answer["executions"][0]["id"]]
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT round(extract(epoch FROM next_check_at - now()) / 3600)::int FROM executions ORDER BY id"
        )
        assert [hours for (hours,) in cursor.fetchall()] == [0, 1, 2]


def test_one_event_is_started_once(api: Api) -> None:
    saved, live = api.save(name="a", trigger=False), api.save(name="b")
    event = api.fire({"n": 1})["event_id"]

    first = api.post(f"/events/{event}/start", json={"workflow_id": saved["id"]})
    again = api.post(f"/events/{event}/start", json={"workflow_id": saved["id"]})
    started = api.post(f"/events/{event}/start", json={"workflow_id": live["id"]})

    assert (first.status_code, again.status_code, started.status_code) == (201, 409, 409)
    assert "was given to the workflow a before" in again.json()["detail"]
    execution = api.get(f"/executions/{first.json()['id']}").json()
    assert execution["retro"] == {
        "event_id": event,
        "backtest_id": None,
        "execution_id": execution["id"],
        "outcome": None,
        "at": execution["retro"]["at"],
    }
    found = api.get(f"/events/{event}/explain?workflow_id={saved['id']}").json()
    assert (found["decision"], found["retro"]["execution_id"]) == ("not_matched", execution["id"])


def test_deleted_backtest_is_forgotten(api: Api, engine: Engine) -> None:
    api.fire({"n": 1})
    found = run(api, engine, True)
    waiting = create(api, True)

    for backtest in (found, waiting):
        assert api.delete(f"/backtests/{backtest['id']}").json() == {"status": "deleted"}

    assert work_on_backtests(engine) == 0
    assert api.get(f"/backtests/{found['id']}").status_code == 404
    assert api.get(f"/backtests/{found['id']}/events?set=new").status_code == 404
    assert api.delete(f"/backtests/{found['id']}").status_code == 404
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM backtest_slices) + (SELECT count(*) FROM backtest_parts)")
        assert cursor.fetchall() == [(0,)]


def test_rule_that_workers_cannot_use_fails(api: Api, engine: Engine, operators: Any) -> None:
    operators("here", lambda: True)
    api.fire()
    created = create(api, {"here": []})
    operators("here", None)

    while work_on_backtests(engine):
        pass

    found = api.get(f"/backtests/{created['id']}").json()
    assert found["status"] == "FAILED"
    assert "The operator 'here' is not known" in found["error"]


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"from": PAST}, "rule"),
        ({"rule": {"nonsense": 1}, "from": PAST}, "not known"),
        ({"rule": {}, "from": PAST}, "empty"),
        ({"rule": True}, "from"),
        ({"rule": True, "from": "2020-01-01"}, "from"),
        ({"rule": True, "from": PAST, "to": PAST}, "before"),
        ({"rule": True, "from": "0001-01-01T00:00:00+14:00"}, "1970"),
        ({"rule": True, "from": "2100-01-01T00:00:00Z"}, "past"),
        ({"rule": True, "from": PAST, "compare_to": "current"}, "workflow_id"),
        ({"rule": True, "from": PAST, "compare_to": "newest"}, "compare_to"),
        ({"rule": True, "from": PAST, "workflow_id": "x", "compare_to": 2**63}, "compare_to"),
        ({"rule": True, "from": PAST, "until": PAST}, "until"),
    ],
)
def test_wrong_backtest_is_refused(api: Api, body: dict[str, Any], part: str) -> None:
    response = api.post("/backtests", json=body)

    assert response.status_code == 422
    assert part in response.text


def test_wrong_requests_about_backtests_are_refused(api: Api, engine: Engine) -> None:
    saved = api.save(trigger=False)
    api.fire({"n": 1})
    alone = run(api, engine, True)
    waiting = create(api, True, workflow_id=saved["id"])
    nobody = "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30"

    def status(path: str, **body: Any) -> int:
        return api.post(path, json=body).status_code

    assert status(f"/backtests/{alone['id']}/fire") == 422
    assert status(f"/backtests/{waiting['id']}/fire") == 409
    assert status(f"/backtests/{waiting['id']}/fire", pace="fast") == 422
    assert status(f"/backtests/{waiting['id']}/fire", limit=0) == 422
    assert status(f"/backtests/{waiting['id']}/fire", set="all") == 422
    assert status(f"/backtests/{nobody}/fire") == 404
    assert status("/backtests", rule=True, workflow_id=nobody, **{"from": PAST}) == 404
    assert status("/backtests", rule=True, workflow_id=saved["id"], compare_to=1, **{"from": PAST}) == 404
    assert status(f"/events/{nobody}/start", workflow_id=saved["id"]) == 404
    assert api.get(f"/backtests/{alone['id']}/events").status_code == 422
    assert api.get(f"/backtests/{alone['id']}/events?set=new&cursor=1.2").status_code == 422


def test_unfinished_backtests_are_limited(api: Api) -> None:
    made = [create(api, True) for _ in range(MOST_UNFINISHED)]

    refused = api.post("/backtests", json={"rule": True, "from": PAST})
    api.delete(f"/backtests/{made[0]['id']}")

    assert refused.status_code == 409
    assert "10 backtests are not finished" in refused.json()["detail"]
    assert create(api, True)["status"] == "PENDING"


def test_cost_of_an_execution_is_the_median_of_the_past(api: Api, engine: Engine, settings: Settings) -> None:
    workflow = api.save(trigger=above(0))["id"]
    for tokens in (100, 250, 900):
        execution = api.fire({"n": 1})["executions"][0]["id"]
        recorded = RecordedExecution(settings.database, execution)
        recorded.step("a", output={"usage": {"total_tokens": tokens}}, type="llm", claim=1)
        recorded.step("b", output={"usage": {"total_tokens": "many"}}, type="llm", claim=1)
        recorded.step("c", output={"usage": {"total_tokens": 7}})
        recorded.set_status("COMPLETED")

    found = run(api, engine, above(0), workflow_id=workflow)

    assert found["per_execution"] == {"executions": 3, "steps": 3, "effects": 2, "tokens": 250}


def fill_past(engine: Engine, payloads: list[str]) -> None:
    """Events of the past, one a minute, which are in many parts of the time of a backtest."""
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events (id, received_at, payload, answer, catalog_revision)"
            " SELECT gen_random_uuid(), now() - n * interval '1 minute' - interval '7 microseconds', payload,"
            ' \'{"matched": 0, "executions": [], "errors": []}\', 1'
            " FROM unnest(%s::json[]) WITH ORDINALITY AS e (payload, n)",
            (payloads,),
        )


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [{">": [{"var": "n"}, 3]}, {"!": [{"var": "gone"}]}, {"in": ["é", {"var": "text"}]}]},
        # Too much work for events that are decided together, from the second block on.
        {"some": [{"var": "numbers"}, {"==": [{"var": ""}, -1]}]},
    ],
)
def test_blocks_count_as_events_one_by_one(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any]
) -> None:
    numbers = [list(range(1_000)) if n > 250 else [n, -1] for n in range(700)]
    texts = [json.dumps({"n": n % 9, "text": "é, [x]", "numbers": numbers[n]}, ensure_ascii=n % 2) for n in range(700)]
    fill_past(engine, texts)

    now = datetime.now(timezone.utc)
    # All events in one part of the time, and in many.
    periods = [{"from": PAST}, {"from": (now - timedelta(hours=12)).isoformat(), "to": now.isoformat()}]

    def count(period: dict[str, Any]) -> dict[str, Any]:
        found = run(api, engine, rule, **period)
        sets = {kind: sorted(ids_of(api, found, kind)) for kind in ("new", "near", "error")}
        facts = {key: found[key] for key in ("progress", "counts", "clauses")}
        return {**facts, "sets": sets, "buckets": [part["new"] for part in found["buckets"]]}

    together = [count(period) for period in periods]
    monkeypatch.setattr(BatchJudge, "is_possible", False)

    assert together == [count(period) for period in periods]
    assert [len(each["buckets"]) > 1 for each in together] == [False, True]
