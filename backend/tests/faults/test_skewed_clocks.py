"""Clocks of processes that are off by half a minute decide nothing and show nothing: Postgres' clock does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.faults.api_process import api_process
from tests.scenarios.door import post, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases

#: Replaces the wall clock of a Python process.
SKEWED = str(Path(__file__).with_name("skewed"))
#: Seconds by which two processes of this machine may seem to differ.
NEAR = 10.0


def off_by(seconds: float) -> dict[str, str]:
    return {"PYTHONPATH": SKEWED, "CLOCK_SKEW": str(seconds)}


@dataclass
class Skewed:
    """A worker and an API half a minute behind, and one of each half a minute ahead."""

    stack: Stack
    behind: Api
    ahead: Api

    def now(self) -> datetime:
        now: datetime = self.stack.rows("SELECT clock_timestamp() AS now")[0].now
        return now

    def seconds_since(self, moment: datetime | str) -> float:
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return (self.now() - found).total_seconds()


@pytest.fixture(scope="module")
def skewed(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Skewed]:
    with ExitStack() as opened:
        own = opened.enter_context(stack(servers, databases, tmp_path_factory.mktemp("skewed")))
        for seconds in (-30, 30):
            own.start_worker(concurrency=1, ready=False, **off_by(seconds))
        behind, ahead = (opened.enter_context(api_process(own, **off_by(seconds)))[0] for seconds in (-30, 30))
        for worker in own.workers:
            own.wait_ready(worker)
        yield Skewed(own, behind, ahead)


def test_processes_have_the_clocks_that_the_test_gives_them(skewed: Skewed) -> None:
    lines = [Path(worker.program.log).read_text() for worker in skewed.stack.workers]

    # Celery writes its own clock in front of each line: "[2030-01-31 12:00:00,000: INFO/MainProcess]".
    written = [datetime.fromisoformat(text.split("[20", 1)[1][:17].join(["20", ""])) for text in lines]
    assert 60 - NEAR < (written[1] - written[0]).total_seconds() < 60 + NEAR


def test_steps_follow_each_other_in_time(skewed: Skewed) -> None:
    naps = {name: node("nap", seconds=0.05) for name in "abcd"}
    ids = skewed.stack.begin_many(graph("start>a>b>wait>c>d", wait=node("delay", ms=100), **naps), 8)

    skewed.stack.finish_all(ids)

    for id in ids:
        execution, steps = skewed.stack.execution(id), skewed.stack.steps(id)
        moments = [moment for step in steps for moment in (step.started_at, step.finished_at)]
        assert moments == sorted(moments)
        assert execution.created_at <= execution.started_at <= moments[0]
        assert moments[-1] <= execution.finished_at
        assert skewed.seconds_since(execution.created_at) < 60


def test_compensations_undo_the_newest_first(skewed: Skewed) -> None:
    names = ["one", "two", "three", "four"]
    undone = {name: node("nap", seconds=0.02, compensate=f"un{name}") for name in names}
    undo = {f"un{name}": node("nap") for name in names}
    saga = graph("start>one>wait>two>three>again>four>fails", **undone, **undo, fails=node("flaky"))
    saga["nodes"] = [each for each in saga["nodes"] if each["id"] not in ("wait", "again")]
    saga["nodes"] += [{"id": id, **node("delay", ms=50)} for id in ("wait", "again")]
    ids = skewed.stack.begin_many(saga, 6)

    for id in ids:
        assert skewed.stack.finish(id).status == "FAILED"
        done = [step for step in skewed.stack.steps(id) if step.compensates]
        assert [step.node_id for step in done] == ["unfour", "unthree", "untwo", "unone"]
        assert [step.started_at for step in done] == sorted(step.started_at for step in done)


def test_lane_starts_executions_in_order_of_arrival(skewed: Skewed) -> None:
    workflow = save(skewed.ahead, graph("start>nap", nap=node("nap", seconds=0.02)), concurrency={"limit": 1})

    ids = [post(api, workflow) for _ in range(5) for api in (skewed.ahead, skewed.behind)]

    skewed.stack.finish_all(ids)
    begun = "SELECT id FROM executions WHERE workflow_id = %s ORDER BY started_at"
    assert [row.id for row in skewed.stack.rows(begun, (workflow,))] == ids


def test_newer_event_replaces_older_execution(skewed: Skewed) -> None:
    one = {"limit": 1, "on_limit": "replace"}
    workflow = save(skewed.behind, graph("start>wait", wait=node("delay", ms="{{ payload.ms }}")), concurrency=one)

    older = post(skewed.ahead, workflow, ms=600_000)
    newer = post(skewed.behind, workflow, ms=10)

    assert skewed.stack.finish(newer).status == "COMPLETED"
    assert skewed.stack.finish(older).status == "CANCELLED"


def test_lists_show_the_newest_first(skewed: Skewed) -> None:
    workflow = save(skewed.ahead, graph("start>a"))

    ids = [post(api, workflow) for _ in range(3) for api in (skewed.ahead, skewed.behind)]

    listed = skewed.behind.get(f"/executions?workflow_id={workflow}").json()
    assert [each["id"] for each in listed] == sorted(ids, reverse=True)
    # Processes whose clocks are a minute apart agree on the time but for what a busy machine adds to a measurement.
    milliseconds = [UUID(id).int >> 80 for id in ids]
    assert max(milliseconds) - min(milliseconds) < 10_000


@pytest.mark.parametrize("kind", ["ms", "until"])
def test_delay_ends_at_its_time(skewed: Skewed, kind: str) -> None:
    until = (skewed.now() + timedelta(seconds=3)).isoformat()
    wait = node("delay", ms=2000) if kind == "ms" else node("delay", until=until)
    ids = skewed.stack.begin_many(graph("start>wait>after", wait=wait), 6)

    skewed.stack.finish_all(ids)

    for id in ids:
        step = skewed.stack.step(id, "wait")
        assert -0.01 < (step.finished_at - step.due_at).total_seconds() < NEAR
        if kind == "ms":
            assert (step.finished_at - step.started_at).total_seconds() >= 1.99


@pytest.mark.parametrize("which", ["behind", "ahead"])
def test_lookback_counts_by_one_clock(skewed: Skewed, which: str) -> None:
    api, mark = getattr(skewed, which), f"{which} {time.monotonic()}"
    same = {"==": [{"var": "mark"}, mark]}
    waits = {back: node("wait_for_event", condition=same, lookback=back) for back in ("25s", "1s")}

    event = api.fire({"mark": mark})["event_id"]
    time.sleep(2)  # The age of the event is what this is about.
    found = skewed.stack.begin(graph("start>wait", wait=waits["25s"]))
    missed = skewed.stack.begin(graph("start>wait", wait=waits["1s"]))

    assert skewed.stack.finish(found).output["event_id"] == event
    done = "SELECT 1 FROM subscriptions WHERE execution_id = %s AND next_check_at IS NULL"
    assert wait_until(lambda: bool(skewed.stack.rows(done, (missed,))), seconds=20), skewed.stack.story(missed)
    assert skewed.stack.execution(missed).status == "RUNNING"
    assert abs(skewed.seconds_since(api.get(f"/events/{event}").json()["received_at"])) < NEAR * 2


@pytest.mark.parametrize("which", ["behind", "ahead"])
def test_schedule_begins_with_its_next_time(skewed: Skewed, which: str) -> None:
    schedule = {"cron": "* * * * * *", "overlap": "allow", "catch_up": "all"}
    before = skewed.now()

    workflow = getattr(skewed, which).save(graph=graph("start>a"), trigger=None, schedule=schedule)["id"]

    posted = "SELECT time #>> '{}' AS time, received_at FROM events WHERE source #>> '{}' = %s ORDER BY id"
    source = f"/workflows/{workflow}"
    assert wait_until(lambda: len(skewed.stack.rows(posted, (source,))) >= 3, seconds=20)
    skewed.behind.delete(f"/workflows/{workflow}")
    events = skewed.stack.rows(posted, (source,))
    times = [datetime.fromisoformat(event.time) for event in events]
    assert times == sorted(set(times))
    # It is posted at its time, and the first one is the first after the workflow was saved.
    assert -1.5 < (times[0] - before).total_seconds() < NEAR
    assert all(-0.5 < (event.received_at - at).total_seconds() < NEAR for event, at in zip(events, times, strict=True))


def test_approval_expires_at_its_deadline(skewed: Skewed) -> None:
    asks = graph("start>ask:timeout>late", ask=node("human_approval", max_wait_time="2s"))
    ids = [skewed.stack.begin(asks) for _ in range(4)]

    skewed.stack.finish_all(ids)

    for id in ids:
        step = skewed.stack.step(id, "ask")
        assert 1.99 <= (step.finished_at - step.started_at).total_seconds() < NEAR


@pytest.mark.parametrize("which", ["behind", "ahead"])
def test_decision_is_dated_by_postgres(skewed: Skewed, which: str) -> None:
    id = skewed.stack.begin(graph("start>ask", ask=node("human_approval")))
    approval = skewed.stack.asks(id).id

    answer = getattr(skewed, which).post(f"/approvals/{approval}/approve", json={})

    assert answer.status_code == 200, answer.text
    (decision,) = skewed.stack.finish(id).output["decisions"]
    assert abs(skewed.seconds_since(decision["at"])) < NEAR


def test_repeat_at_another_api_starts_nothing(skewed: Skewed) -> None:
    workflow = save(skewed.ahead, graph("start>a"))
    key: dict[str, Any] = {"headers": {"Idempotency-Key": workflow}}

    first = skewed.ahead.fire({"for": workflow}, **key)
    again = skewed.behind.fire({"for": workflow}, **key)

    assert again["event_id"] == first["event_id"]
    assert again["executions"] == first["executions"]
