"""A step that may have ended its process runs beside few others, or alone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.isolation import Isolation, isolation_limit
from app.scripts.stack.processes import wait_until
from app.storage.rows import FoundStep
from app.storage.statuses import StepStatus
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, worker_context


def lost(together: int, status: str = StepStatus.READY) -> FoundStep:
    return FoundStep("a", 1, 1, "", "x", status, "", 1, None, None, None, None, None, None, lost_together=together)


@pytest.mark.parametrize(
    ("together", "limit"), [(0, None), (1, 1), (2, 1), (8, 1), (15, 1), (16, 2), (300, 37), (37, 4)]
)
def test_steps_lost_together_run_in_smaller_groups(together: int, limit: int | None) -> None:
    assert isolation_limit(lost(together)) == limit


def test_only_ready_steps_are_isolated() -> None:
    assert isolation_limit(None) is None
    assert isolation_limit(lost(3, StepStatus.COMPLETED)) is None


class Walks:
    """Walks in threads of their own, each until it is told to end."""

    def __init__(self) -> None:
        self.isolation = Isolation()
        self.running: list[str] = []
        self._ends: dict[str, threading.Event] = {}

    def start(self, name: str, limit: int | None = None) -> None:
        """Start a walk; it has entered, or waits behind those that came before it."""
        end = self._ends[name] = threading.Event()

        def walk() -> None:
            self.isolation.enter(limit)
            self.running.append(name)
            end.wait(20)
            self.running.remove(name)
            self.isolation.leave(limit)

        before = self._count()
        threading.Thread(target=walk, daemon=True).start()
        assert wait_until(lambda: self._count() > before, seconds=20)

    def _count(self) -> int:
        return len(self.isolation._waiting) + self.isolation._walks

    def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()

    def expect(self, *names: str) -> None:
        assert wait_until(lambda: sorted(self.running) == sorted(names), seconds=20), self.running


def test_suspect_waits_until_it_is_alone_and_others_wait_for_it() -> None:
    walks = Walks()
    walks.start("a")
    walks.start("b")
    walks.start("suspect", 1)
    walks.start("c")
    walks.expect("a", "b")

    walks.end("a")
    walks.expect("b")
    walks.end("b")
    walks.expect("suspect")
    walks.end("suspect")
    walks.expect("c")
    walks.end("c")
    walks.expect()


def test_limit_counts_all_walks_of_the_process() -> None:
    walks = Walks()
    for number in range(5):
        walks.start(f"suspect {number}", 3)
    walks.start("other")
    walks.expect("suspect 0", "suspect 1", "suspect 2")

    walks.end("suspect 0", "suspect 1")

    walks.expect("suspect 2", "suspect 3", "suspect 4")
    walks.end("suspect 2", "suspect 3", "suspect 4")
    walks.expect("other")
    walks.end("other")


def test_walks_without_limit_do_not_wait() -> None:
    walks = Walks()
    names = [f"walk {number}" for number in range(50)]

    for name in names:
        walks.start(name)

    walks.expect(*names)
    walks.end(*names)


class Counts:
    """Counts how many of its steps run at once."""

    type = "counts"
    needs_input = False

    def __init__(self) -> None:
        self.most = self.now = 0
        self._lock = threading.Lock()

    def execute(self, **_: Any) -> HandlerResult:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.05)  # So that others would run at the same time, if they may.
        with self._lock:
            self.now -= 1
        return HandlerResult(result=1)


@pytest.mark.parametrize(("together", "most"), [(6, 1), (16, 2)])
def test_steps_that_were_lost_together_run_apart(quiet: Stack, together: int, most: int) -> None:
    counts, types = Counts(), registry()
    types.register(counts)
    ids = quiet.accept(graph("start>a>b", a=node("counts"), b=node("counts")), count=6)
    quiet.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, lost_together)"
        " SELECT id, 'a', 1, 1, gen_random_uuid(), 'counts', 'READY', 1, %s FROM unnest(%s::uuid[]) id",
        (together, ids),
    )
    quiet.execute("UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL")

    with quiet.engine() as engine, ThreadPoolExecutor(6) as threads:
        worker = worker_context(engine, Publisher(lambda more: None), workflows=WorkflowCache(types))
        list(threads.map(lambda id: worker.walk([WakeUp(id, "a", 1)]), ids))

    assert {quiet.step(id, "a").status for id in ids} == {"COMPLETED"}
    assert counts.most == most
    assert {(step.claim, step.lost_together) for id in ids for step in quiet.steps(id) if step.node_id == "a"} == {
        (2, 0)
    }
