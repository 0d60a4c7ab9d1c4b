"""What is left to be done after a commit is done by every caller."""

from __future__ import annotations

import json
from functools import partial

import pytest
from sqlalchemy import Engine

from app.engine.commands import approvals, lifecycle
from app.engine.commands.approvals import Decision
from app.engine.upkeep.chore import Chore
from app.engine.upkeep.schedules import post_due_schedules
from app.engine.wakeups.aftermath import Aftermath
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import WorkerContext
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context

WAIT = node("wait_for_event", condition={"==": [{"var": "paid"}, True]}, lookback="1h")


class Recording(Publisher):
    """Keeps wake-ups, and counts requests to match, where a broker would get them."""

    def __init__(self) -> None:
        super().__init__(lambda wake_ups: None)
        self.wake_ups: list[WakeUp] = []
        self.matches = 0

    def put(self, wake_ups: object) -> None:
        self.wake_ups.extend(wake_ups)  # type: ignore[call-overload]

    def match(self) -> None:
        self.matches += 1

    def take(self) -> list[WakeUp]:
        """The wake-ups so far, which are forgotten."""
        taken, self.wake_ups = self.wake_ups, []
        return taken


@pytest.fixture
def published() -> Recording:
    return Recording()


@pytest.fixture
def worker(engine: Engine, published: Recording) -> WorkerContext:
    return worker_context(engine, published)


def test_values_add_up() -> None:
    one = Aftermath((WakeUp("a"),), True, ("lane",))
    other = Aftermath((WakeUp("b"),), False, (), ("window",))

    assert one + other == Aftermath((WakeUp("a"), WakeUp("b")), True, ("lane",), ("window",))


def test_decision_has_events_matched(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>ask>wait", ask=node("human_approval"), wait=WAIT))
    worker.walk([WakeUp(id)])
    (approval,) = quiet.rows("SELECT id FROM approvals")

    aftermath = approvals.decide(worker, approval.id, Decision(True))

    assert quiet.step(id, "wait").status == "WAITING"
    assert aftermath.match


def test_cancel_has_events_matched_for_compensation(quiet: Stack, worker: WorkerContext, published: Recording) -> None:
    document = graph("start>book>hold", book=node("nap", compensate="undo"), hold=node("human_approval"), undo=WAIT)
    (id,) = quiet.accept(document)
    worker.walk([WakeUp(id)])

    aftermath = lifecycle.cancel(worker, id)
    worker.dispatch(aftermath)
    worker.walk(published.take())

    assert quiet.step(id, "undo").status == "WAITING"
    assert published.matches == 1


def test_scheduled_event_is_matched(quiet: Stack, worker: WorkerContext, published: Recording) -> None:
    (waiting,) = quiet.accept(graph("start>wait", wait=node("wait_for_event", condition={"var": "scheduled_at"})))
    worker.walk([WakeUp(waiting)])
    workflow = quiet.save(graph("start>a"))
    flow = json.dumps({"schedule": {"cron": "* * * * *"}})
    quiet.execute(
        "UPDATE workflows SET flow = %s, next_at = date_trunc('minute', now()), catalog_revision = 2 WHERE id = %s",
        (flow, workflow),
    )
    quiet.execute("UPDATE catalog SET revision = 2")
    asked = published.matches

    Chore("schedules", partial(post_due_schedules, worker)).run()

    assert published.matches == asked + 1


def test_retried_execution_starts_once_its_lane_admits_it(
    quiet: Stack, worker: WorkerContext, published: Recording
) -> None:
    retried, other = quiet.accept(graph("start>a", a=node("nap")), count=2)
    worker.walk([WakeUp(retried)])
    running = "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim)"
    quiet.execute(f"{running} VALUES (%s, 'a', 1, 1, gen_random_uuid(), 'nap', 'READY', 1)", (other,))
    quiet.execute(
        "UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1 WHERE id = %s", (other,)
    )
    quiet.execute(
        "UPDATE steps SET status = 'FAILED', output = NULL WHERE execution_id = %s AND node_id = 'a'", (retried,)
    )
    quiet.execute("UPDATE executions SET status = 'FAILED' WHERE id = %s", (retried,))
    quiet.execute("UPDATE executions SET lane = 'x'")
    quiet.execute("INSERT INTO lanes (name, workflow_id, slots, on_limit) VALUES ('x', NULL, 1, 'queue')")
    assert lifecycle.retry(worker, retried) == Aftermath()
    assert quiet.execution(retried).queued

    worker.dispatch(lifecycle.cancel(worker, other))
    worker.walk(published.take())

    assert quiet.execution(retried).status == "COMPLETED"


def test_wake_up_of_a_running_execution_takes_ready_steps(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>a", a=node("nap")))
    worker.walk([WakeUp(id)])
    quiet.execute("UPDATE steps SET status = 'READY' WHERE node_id = 'a'")
    quiet.execute("UPDATE executions SET status = 'RUNNING', open_steps = 1, finished_at = NULL")

    worker.walk([WakeUp(id)])

    assert quiet.step(id, "a").status == "COMPLETED"
    assert quiet.execution(id).status == "COMPLETED"


def test_ready_step_of_a_stopped_execution_is_cancelled(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>book>a", book=node("nap", compensate="undo"), undo=node("nap"), a=node("nap")))
    worker.walk([WakeUp(id)])
    quiet.execute("UPDATE steps SET status = 'READY', claim = 0 WHERE node_id = 'a'")
    quiet.execute("UPDATE executions SET status = 'RUNNING', closing = 'CANCELLED', open_steps = 1, finished_at = NULL")

    worker.walk([WakeUp(id, "a", 1)])

    assert quiet.step(id, "a").status == "CANCELLED"
    assert quiet.step(id, "undo").status == "COMPLETED"
    assert quiet.execution(id).status == "CANCELLED"
