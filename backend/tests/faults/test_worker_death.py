"""Workers that are killed, stopped, frozen: executions complete, steps are recorded once, keys stay the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.scripts.stack.processes import Child, signal_group, wait_until
from app.settings import BACKEND
from tests.faults.freezing import freeze_group
from tests.long import POOLS
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import QUICK, Stack
from tests.service import Service
from tests.stack.processes_seen import is_running


def pool_of(worker: Child) -> list[int]:
    """The processes of a worker's pool."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    found = []
    for child in map(int, children):
        found += [child, *map(int, Path(f"/proc/{child}/task/{child}/children").read_text().split())]
    return found


def recorded(stack: Stack, id: str) -> list[tuple[str, str, int]]:
    return [(step.node_id, step.status, step.attempt) for step in stack.steps(id)]


@pytest.mark.parametrize("pool", POOLS)
def test_handler_of_a_killed_worker_runs_again(fresh: Stack, calls: Service, pool: str) -> None:
    held = graph("start>a>b", a=node("http_call", url=calls.url + "/hold"), b=node("http_call", url=calls.url + "/b"))
    fresh.start_worker(pool=pool)
    id = fresh.begin(held)
    calls.wait_for("/hold")

    fresh.kill_workers()
    calls.released.set()
    fresh.start_worker(pool=pool)

    assert fresh.finish(id).status == "COMPLETED"
    assert recorded(fresh, id) == [("start", "COMPLETED", 1), ("a", "COMPLETED", 1), ("b", "COMPLETED", 1)]
    assert list(calls.keys("/hold").values()) == [2]
    assert list(calls.keys("/b").values()) == [1]


def test_step_of_a_killed_pool_process_runs_again(fresh: Stack, calls: Service) -> None:
    worker = fresh.start_worker(concurrency=1)
    id = fresh.begin(graph("start>a>b", a=node("http_call", url=calls.url + "/hold"), b=node("nap")))
    calls.wait_for("/hold")

    for process in pool_of(worker):
        os.kill(process, signal.SIGKILL)
    calls.released.set()

    assert fresh.finish(id).status == "COMPLETED"
    assert list(calls.keys("/hold").values()) == [2]
    assert worker.status is None


def test_pool_process_ends_with_a_killed_main_process(fresh: Stack) -> None:
    worker = fresh.start_worker(concurrency=1)
    assert fresh.finish(fresh.begin(graph("start>a"))).status == "COMPLETED"
    (process,) = pool_of(worker)
    # Once it is frozen, it cannot end by itself where it finds its queue closed.
    freeze_group(worker.pid)

    os.kill(worker.pid, signal.SIGKILL)

    assert wait_until(lambda: not is_running(process), seconds=30)


def test_delay_of_a_killed_worker_completes(fresh: Stack, calls: Service) -> None:
    fresh.start_worker()
    delayed = graph("start>wait>a", wait=node("delay", ms=2500), a=node("http_call", url=calls.url + "/a"))
    id = fresh.begin(delayed)
    fresh.wait_for_step(id, "wait", "WAITING")

    fresh.kill_workers()
    fresh.start_worker()

    assert fresh.finish(id).status == "COMPLETED"
    assert recorded(fresh, id) == [("start", "COMPLETED", 1), ("wait", "COMPLETED", 1), ("a", "COMPLETED", 1)]
    assert list(calls.keys("/a").values()) == [1]
    waited = fresh.step(id, "wait")
    assert (waited.finished_at - waited.started_at).total_seconds() >= 2.49


#   start ─▶ fork ─┬─▶ a ────┐
#                  ├─▶ wait ─┼─▶ last
#                  └─▶ b ────┘
def test_wake_ups_lost_after_a_commit_are_republished(fresh: Stack, calls: Service) -> None:
    fork = graph(
        "start>fork>a>last",
        "fork>wait>last",
        "fork>b>last",
        a=node("http_call", url=calls.url + "/hold/a", timeout=200),
        b=node("http_call", url=calls.url + "/b"),
        wait=node("delay", ms=100),
        last=node("http_call", url=calls.url + "/last"),
    )
    (id,) = fresh.accept(fork, check_in=3600)
    script = f"from tests.scenarios.deployment import execute_node; execute_node({id!r})"
    cut_off = {**fresh.env, "REDIS_URL": "redis://127.0.0.1:1/0", "HANDLERS_AT_ONCE": "1"}
    with subprocess.Popen([sys.executable, "-c", script], cwd=BACKEND, env=cut_off) as lost:
        calls.wait_for("/hold/a", seconds=60)
        lost.kill()
    calls.released.set()
    assert {"a": "RUNNING", "b": "READY", "wait": "WAITING"}.items() <= {
        step.node_id: step.status for step in fresh.steps(id)
    }.items()

    fresh.start_worker()

    assert fresh.finish(id).status == "COMPLETED"
    assert sorted(recorded(fresh, id)) == sorted(
        (node, "COMPLETED", 1) for node in ["start", "fork", "a", "b", "wait", "last"]
    )
    assert list(calls.keys("/hold/a").values()) == [2]
    assert list(calls.keys("/b").values()) == list(calls.keys("/last").values()) == [1]


def test_compensation_of_a_killed_worker_continues(fresh: Stack, calls: Service) -> None:
    undoable = graph(
        "start>book>pay>fails",
        book=node("nap", compensate="unbook"),
        pay=node("nap", compensate="refund"),
        fails=node("flaky"),
        refund=node("http_call", url=calls.url + "/hold/refund", timeout=200),
        unbook=node("http_call", url=calls.url + "/unbook"),
    )
    fresh.start_worker()
    id = fresh.begin(undoable)
    calls.wait_for("/hold/refund")

    fresh.kill_workers()
    calls.released.set()
    fresh.start_worker()

    assert fresh.finish(id).status == "FAILED"
    assert list(calls.keys("/hold/refund").values()) == [2]
    assert list(calls.keys("/unbook").values()) == [1]
    assert [step.status for step in fresh.steps(id) if step.compensates] == ["COMPLETED", "COMPLETED"]


def test_result_of_a_thawed_worker_is_ignored(fresh: Stack, calls: Service) -> None:
    frozen = fresh.start_worker(concurrency=1)
    id = fresh.begin(graph("start>a>b>c", a=node("http_call", url=calls.url + "/hold"), b=node("nap")))
    calls.wait_for("/hold")
    freeze_group(frozen.pid)
    try:
        calls.released.set()
        other = fresh.start_worker()
        assert fresh.finish(id).status == "COMPLETED"
        before = fresh.steps(id)
        other.kill()
    finally:
        signal_group(frozen.pid, signal.SIGCONT)

    # Its only process is free again once its late result was refused.
    assert fresh.finish(fresh.begin(graph("start>a", a=node("nap")))).status == "COMPLETED"
    assert fresh.steps(id) == before
    assert [step.claim for step in before if step.node_id == "a"] == [2]
    assert list(calls.keys("/hold").values()) == [2]


@pytest.mark.parametrize("paths", [["start>a>b"], ["start>a>b", "a>c"]], ids=["straight", "fork"])
def test_late_result_is_ignored_while_another_runs_the_step(fresh: Stack, calls: Service, paths: list[str]) -> None:
    frozen = fresh.start_worker(concurrency=1)
    id = fresh.begin(graph(*paths, a=node("http_call", url=calls.url + "/each")))
    calls.wait_for("/each")
    freeze_group(frozen.pid)
    try:
        fresh.start_worker(concurrency=1)
        calls.wait_for("/each", 2)
    finally:
        signal_group(frozen.pid, signal.SIGCONT)

    calls.released.set()

    # Only the frozen worker's process can have run this, once its late result was refused.
    assert fresh.finish(fresh.begin(graph("start>a", a=node("nap")))).status == "COMPLETED"
    assert (fresh.step(id, "a").status, fresh.step(id, "a").claim) == ("RUNNING", 2)
    calls.later.set()
    assert fresh.finish(id).status == "COMPLETED"
    assert len(calls.at("/each")) == 2


@pytest.mark.parametrize("pool", POOLS)
def test_stopped_worker_loses_nothing(fresh: Stack, calls: Service, pool: str) -> None:
    url = calls.url
    path = graph(
        "start>a>wait>b>c",
        a=node("http_call", url=url + "/hold/a", timeout=200),
        wait=node("delay", ms=300),
        b=node("http_call", url=url + "/b"),
        c=node("http_call", url=url + "/c"),
    )
    leaving = fresh.start_worker(pool=pool)
    ids = fresh.begin_many(path, 12)
    calls.wait_for("/hold/a", 2)

    leaving.process.send_signal(signal.SIGTERM)
    fresh.start_worker(pool=pool)
    calls.released.set()

    assert wait_until(lambda: leaving.status is not None, seconds=20)
    fresh.finish_all(ids)
    for path in ("/hold/a", "/b", "/c"):
        assert set(calls.keys(path).values()) == {1}
        assert len(calls.keys(path)) == 12


@pytest.mark.parametrize("pool", POOLS)
def test_long_handler_keeps_its_lease(fresh: Stack, calls: Service, pool: str) -> None:
    fresh.start_worker(pool=pool)

    id = fresh.begin(graph("start>a>b", a=node("nap", seconds=4), b=node("http_call", url=calls.url + "/b")))

    assert fresh.finish(id).status == "COMPLETED"
    assert fresh.step(id, "a").claim == 1
    assert list(calls.keys("/b").values()) == [1]


def test_dead_workers_step_runs_elsewhere_within_20_s(make_stack: Callable[..., Stack], calls: Service) -> None:
    defaults = make_stack()
    for name in QUICK.keys() - {"HTTP_ALLOW_PRIVATE"}:
        del defaults.env[name]
    dead = defaults.start_worker()
    id = defaults.begin(graph("start>a", a=node("http_call", url=calls.url + "/hold")))
    calls.wait_for("/hold")
    defaults.start_worker()

    dead.kill()

    calls.wait_for("/hold", 2, seconds=20)
    calls.released.set()
    assert defaults.finish(id).status == "COMPLETED"
