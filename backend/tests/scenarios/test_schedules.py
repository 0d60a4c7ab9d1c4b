"""Schedules post events on time, once, and start their own workflow whatever its trigger says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.faults.conftest import fresh, make_stack
from tests.scenarios.door import door
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.servers import flush
from tests.service import Service

__all__ = ["fresh", "make_stack"]

#: start ─▶ what, whose output is what the execution was given.
GIVEN = graph("start>what", what=node("transform", value={"var": ""}))


@pytest.fixture
def api(threads: Stack, threads_api: Api) -> Iterator[Api]:
    """An API of the shared stack; the schedules that a test leaves there post nothing beside later tests."""
    yield threads_api
    threads.execute("UPDATE workflows SET next_at = NULL WHERE next_at IS NOT NULL")


def make_due(stack: Stack, workflow: str, interval: str = "0 seconds", every: str = "minute") -> None:
    """Move the next time of a schedule to ``interval`` ago."""
    stack.execute(
        "UPDATE workflows SET next_at = date_trunc(%s, now() - %s::interval) WHERE id = %s", (every, interval, workflow)
    )


def started(stack: Stack, workflow: str) -> list[SimpleNamespace]:
    return stack.rows("SELECT * FROM executions WHERE workflow_id = %s ORDER BY id", (workflow,))


def events_of(api: Api, workflow: str) -> list[dict[str, Any]]:
    found = api.get("/events?limit=1000").json()
    return [event for event in found[::-1] if event["source"] == f"/workflows/{workflow}"]


def posted(api: Api, stack: Stack, workflow: str, count: int = 1) -> list[dict[str, Any]]:
    """The events of a schedule, once there are ``count`` of them."""
    assert wait_until(lambda: len(events_of(api, workflow)) >= count, seconds=20), stack.log[-3000:]
    return events_of(api, workflow)


def test_schedule_posts_an_event_that_others_match(threads: Stack, api: Api) -> None:
    schedule = {"cron": "* * * * *", "payload": {"report": "daily"}, "catch_up": "none"}
    own = api.save(graph=GIVEN, trigger=None, schedule=schedule)["id"]
    by_type = {"==": [{"var": "$event.source"}, f"/workflows/{own}"]}
    other = api.save(graph=GIVEN, trigger=by_type)["id"]

    make_due(threads, own)

    event = posted(api, threads, own)[0]
    assert (event["type"], event["payload"]["report"]) == ("trigraph.schedule", "daily")
    assert event["time"] == event["payload"]["scheduled_at"]
    assert {each["workflow_id"] for each in event["executions"]} == {own, other}
    for workflow in (own, other):
        execution = threads.finish(started(threads, workflow)[0].id)
        assert (execution.status, execution.output["report"]) == ("COMPLETED", "daily")
    api.delete(f"/workflows/{own}")


def test_schedule_with_seconds_repeats(threads: Stack, api: Api) -> None:
    own = api.save(graph=GIVEN, trigger=None, schedule={"cron": "* * * * * *", "overlap": "allow"})["id"]

    events = posted(api, threads, own, 3)
    api.delete(f"/workflows/{own}")

    times = [datetime.fromisoformat(event["time"]) for event in events]
    assert times == sorted(set(times))
    assert all(time.microsecond == 0 and time.tzinfo == timezone.utc for time in times)


def test_many_timekeepers_post_each_time_once(fresh: Stack) -> None:
    for _ in range(3):
        fresh.start_worker(concurrency=1)
    with door(fresh) as api:
        schedule = {"cron": "0 0 1 * *", "overlap": "allow", "catch_up": "all"}
        workflows = [api.save(graph=GIVEN, trigger=None, schedule=schedule)["id"] for _ in range(5)]
        for workflow in workflows:
            make_due(fresh, workflow, "10 months", every="month")

        events = {workflow: posted(api, fresh, workflow, 11) for workflow in workflows}

        for workflow in workflows:
            times = [event["time"] for event in events[workflow]]
            assert len(times) == len(set(times)) == len(started(fresh, workflow)) == 11
            fresh.finish_all([row.id for row in started(fresh, workflow)])


def test_time_posted_before_a_crash_is_not_repeated(threads: Stack, api: Api) -> None:
    own = api.save(graph=GIVEN, trigger=None, schedule={"cron": "0 0 1 1 *", "catch_up": "one"})["id"]
    make_due(threads, own, "0 seconds", every="year")
    first = posted(api, threads, own)
    threads.finish(first[0]["executions"][0]["id"])

    make_due(threads, own, "0 seconds", every="year")

    assert wait_until(
        lambda: threads.rows("SELECT next_at > now() AS on FROM workflows WHERE id = %s", (own,))[0].on, seconds=20
    )
    assert events_of(api, own) == first
    assert len(started(threads, own)) == 1


def test_missed_times_follow_the_catch_up_setting(fresh: Stack) -> None:
    with door(fresh) as api:
        workflows = {
            catch_up: api.save(graph=GIVEN, trigger=None, schedule={"cron": "0 0 1 * *", "catch_up": catch_up})["id"]
            for catch_up in ("none", "one", "all")
        }
        for workflow in workflows.values():
            make_due(fresh, workflow, "3 months", every="month")
        flush(fresh.redis_url)

        fresh.start_worker()

        posted(api, fresh, workflows["all"], 4)
        posted(api, fresh, workflows["one"])
        moved_on = "SELECT count(*) AS n FROM workflows WHERE next_at > now()"
        assert wait_until(lambda: fresh.rows(moved_on)[0].n == 3, seconds=20)
        counts = {catch_up: len(events_of(api, workflow)) for catch_up, workflow in workflows.items()}
    assert counts["all"] == 4
    assert counts["one"] == 1
    assert counts["none"] == 0


@pytest.mark.parametrize(("overlap", "outcome"), [(None, "dropped"), ("queue", "queued"), ("replace", "replacing")])
def test_overlap_setting_decides_concurrent_runs(
    threads: Stack, api: Api, calls: Service, overlap: str | None, outcome: str
) -> None:
    held = graph("start>a", a=node("http_call", url=calls.url + "/hold"))
    schedule = {"cron": "0 0 1 * *", "catch_up": "all", **({} if overlap is None else {"overlap": overlap})}
    own = api.save(graph=held, trigger=None, schedule=schedule)["id"]

    make_due(threads, own, "1 month", every="month")

    first, second = posted(api, threads, own, 2)[:2]
    calls.released.set()
    held_event = api.get(f"/events/{second['id']}").json()["held"][0]
    assert (held_event["workflow_id"], held_event["reason"], held_event["outcome"]) == (own, "schedule", outcome)
    statuses = [threads.finish(row.id).status for row in started(threads, own)]
    assert (
        statuses
        == {
            "dropped": ["COMPLETED"],
            "queued": ["COMPLETED", "COMPLETED"],
            "replacing": ["CANCELLED", "COMPLETED"],
        }[outcome]
    )
    assert first["executions"][0]["id"] == started(threads, own)[0].id


def test_workflow_that_is_switched_off_posts_nothing(threads: Stack, api: Api) -> None:
    saved = api.save(graph=GIVEN, trigger=None, schedule={"cron": "* * * * *"})
    api.put(f"/workflows/{saved['id']}", json={"name": "w", "schedule": saved["schedule"], "is_active": False})
    other = api.save(graph=GIVEN, trigger=None, schedule={"cron": "* * * * *"})["id"]

    make_due(threads, other)

    posted(api, threads, other)
    assert events_of(api, saved["id"]) == []
    api.delete(f"/workflows/{other}")


def test_invalid_stored_schedule_stops_no_other(threads: Stack, api: Api) -> None:
    broken, works = (
        api.save(graph=GIVEN, trigger=None, schedule={"cron": "0 0 1 1 *", "catch_up": "one"})["id"] for _ in range(2)
    )
    threads.execute("""UPDATE workflows SET flow = '{"schedule": {"cron": "what"}}' WHERE id = %s""", (broken,))
    make_due(threads, broken, every="year")

    make_due(threads, works, every="year")

    posted(api, threads, works)
    still_due = "SELECT next_at IS NULL AS off FROM workflows WHERE id = %s"
    assert wait_until(lambda: threads.rows(still_due, (broken,))[0].off, seconds=20)
