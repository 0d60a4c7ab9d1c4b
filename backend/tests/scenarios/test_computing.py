"""Handlers that compute have a process each, and so a core; they hold up nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from tests.long import LONG
from tests.scenarios.graphs import fan, graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases
from tests.service import Service


@pytest.fixture(scope="module")
def computing(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with one worker of two processes, which knows node types that compute."""
    with stack(servers, databases, tmp_path_factory.mktemp("computing"), WORKER_STOP_GRACE="2") as opened:
        opened.start_worker(app="tests.scenarios.computing.celery_app")
        yield opened


def test_two_that_compute_run_in_two_processes_at_once(computing: Stack, calls: Service) -> None:
    id = computing.begin(fan(3, node("computes", url=calls.url + "/hold/computing")))

    held = calls.wait_for("/hold/computing", 2)

    assert len({call.json["process"] for call in held}) == 2
    calls.released.set()
    assert computing.finish(id).status == "COMPLETED"


def test_process_runs_one_that_computes_at_a_time(computing: Stack, calls: Service) -> None:
    url = calls.url + "/hold/each"
    ids = [
        *computing.begin_many(graph("start>a", a=node("computes", url=url)), 6),
        computing.begin(fan(6, node("computes", url=url))),
    ]
    calls.wait_for("/hold/each", 2)

    other = computing.begin(fan(4, node("nap")))

    assert computing.finish(other).status == "COMPLETED"
    assert max(Counter(call.json["process"] for call in calls.at("/hold/each")).values()) == 1
    calls.released.set()
    computing.finish_all(ids)
    assert set(calls.keys("/hold/each").values()) == {1}


def test_one_that_computes_for_ever_ends_with_its_timeout(computing: Stack) -> None:
    id = computing.begin(graph("start>a", a=node("computes_for_ever", timeout=0.2)))

    assert computing.finish(id).error["type"] == "Timeout"


@LONG
def test_one_that_kills_its_process_is_poisoned(computing: Stack, calls: Service) -> None:
    id = computing.begin(graph("start>a", a=node("computes_and_kills", url=calls.url + "/kills")))
    others = computing.begin_many(graph("start>a>b", a=node("async_nap", seconds=0.5), b=node("nap")), 20)

    assert computing.finish(id, seconds=60).error["type"] == "poisoned"
    computing.finish_all(others)


def test_process_that_cannot_end_a_handler_is_replaced(computing: Stack, calls: Service) -> None:
    id = computing.begin(graph("start>a", a=node("computes_for_ever", timeout=0.2, in_c=True)))
    held = computing.begin(fan(2, node("http_call", url=calls.url + "/hold/beside", timeout=200)))
    calls.wait_for("/hold/beside", 2)

    assert computing.finish(id).error["type"] == "Timeout"
    assert wait_until(lambda: "another takes its place" in computing.log, seconds=30)

    calls.released.set()
    assert computing.finish(held).status == "COMPLETED"
    assert "the handler of computes_for_ever goes on although its time was over" in computing.log
    after = computing.begin(fan(2, node("computes", url=calls.url + "/after")))
    assert computing.finish(after).status == "COMPLETED"
