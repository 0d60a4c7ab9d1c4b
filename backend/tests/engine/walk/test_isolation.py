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
from app.engine.walk.isolation import isolation_limit
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
    ids = quiet.accept(graph("start>a>b", a=node("counts"), b=node("nap")), count=6)
    quiet.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, lost_together)"
        " SELECT id, 'a', 1, 1, gen_random_uuid(), 'counts', 'READY', 1, %s FROM unnest(%s::uuid[]) id",
        (together, ids),
    )
    quiet.execute("UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL")

    given: list[WakeUp] = []
    with quiet.engine() as engine, ThreadPoolExecutor(6) as threads:
        worker = worker_context(engine, Publisher(given.extend), workflows=WorkflowCache(types))
        list(threads.map(lambda id: worker.walk([WakeUp(id, "a", 1)]), ids))
        worker.publisher.flush()
        while given:  # What has waited for long is given to others, of which there are none here.
            worker.walk([given.pop() for _ in list(given)])
            worker.publisher.flush()

    assert {quiet.step(id, "a").status for id in ids} == {"COMPLETED"}
    assert counts.most == most
    assert {(step.claim, step.lost_together) for id in ids for step in quiet.steps(id) if step.node_id == "a"} == {
        (2, 0)
    }
