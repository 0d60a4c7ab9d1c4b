"""
Every pair of transactions that change steps or executions, one uncommitted while the other runs, leaves a way out.

Whatever the order in which they commit: nothing is stuck then, and once time has passed the execution has ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import product
from math import inf
from typing import Any

import pytest

from app.engine.attempts.attempt import AttemptResult, StepContext, failure
from app.engine.attempts.runners import Room
from app.engine.commands import lifecycle
from app.engine.commands.aftermath import dispatch
from app.engine.commands.flow_control import maintain_lane
from app.engine.config import EngineConfig
from app.engine.definitions.compiled import compile_workflow
from app.engine.upkeep.timekeeper import Timekeeper
from app.engine.wakeups.aftermath import Aftermath
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import News, Result
from app.engine.walk.rounds import Recorder
from app.engine.walk.transition import ClaimedStep
from app.engine.walk.walker import WorkerContext
from app.errors import Conflict
from app.graph.compile import compile_document
from app.scripts.stack.processes import wait_until
from app.storage.database import driver
from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.statuses import TERMINAL, StepStatus
from app.storage.walk.claims import renew_claims
from app.storage.walk.self_check import find_stuck
from tests.engine.upkeep.held_commits import hold_commits, holding
from tests.engine.upkeep.keeper import EVERYTHING, LEASE
from tests.faults.conftest import fresh, make_stack
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, worker_context

__all__ = ["fresh", "make_stack"]

#   start ─▶ a ─┬─▶ b ─▶ e
#               ├─▶ c ─▶ f      a is compensated by u
#               └─▶ d
EDGES = ("start>a>b>e", "a>c>f", "a>d")
NAPS = {name: node("nap") for name in "bcef"}
UNDOABLE = graph(*EDGES, a=node("nap", compensate="u"), u=node("nap"), d=node("delay", ms=1), **NAPS)
PLAIN = graph(*EDGES, a=node("nap"), d=node("delay", ms=1), **NAPS)
NAP = compile_workflow(compile_document("graph", PLAIN, registry().traits).graph, registry()).nodes["b"]
LANE = "concurrency/test"
Act = Callable[["Process", str], object]


@dataclass
class Process:
    """A worker or an API in this process."""

    worker: WorkerContext
    keeper: Timekeeper
    sent: list[WakeUp] = field(default_factory=list)
    is_held_up: bool = False

    def act_on(self, aftermath: Aftermath) -> None:
        dispatch(self.worker, aftermath)

    def settle(self, id: str, result: AttemptResult) -> None:
        """Record a result of ``b`` under its first claim, as soon as nobody else holds the execution."""
        row = StepRow("b", 1, 1, "", "nap", StepStatus.RUNNING, claim=1)
        step = ClaimedStep(NAP, StepContext(id, {}, {}, {}), row)
        recorder, news = Recorder(self.worker), {id: News([Result(step, result)])}
        while (outcome := recorder.record(news, lambda context: Room(most=1, plain=1), inf)).skipped:
            self.is_held_up = True
            time.sleep(0.002)
        self.is_held_up = False
        self.act_on(outcome.aftermath)


def make_process(stack: Stack, opened: ExitStack) -> Process:
    engine = opened.enter_context(stack.engine())
    hold_commits(engine)
    sent: list[WakeUp] = []
    worker = worker_context(engine, Publisher(sent.extend), config=EngineConfig(grace=5, lease=LEASE))
    return Process(worker, Timekeeper(worker, lambda queue: EVERYTHING, interval=60), sent)


@pytest.fixture
def processes(fresh: Stack) -> Iterator[tuple[Process, Process]]:
    # A server that started less than a lease ago ends no lease.
    older = f"SELECT clock_timestamp() - pg_postmaster_start_time() > {LEASE} * interval '1 second' AS is_older"
    assert wait_until(lambda: bool(fresh.rows(older)[0].is_older), seconds=20)
    with ExitStack() as opened:
        yield make_process(fresh, opened), make_process(fresh, opened)


ACTS: dict[str, Act] = {
    "look": lambda process, id: process.keeper.run_once(),
    "renew": lambda process, id: renew_claims(process.worker.engine, [(id, "b", 1, 1, 1, 0)], lease=1),
    "record": lambda process, id: process.settle(id, AttemptResult(output="1")),
    "fail": lambda process, id: process.settle(id, failure("Broken", "It broke.", may_retry=False)),
    "walk": lambda process, id: process.worker.walk([WakeUp(id, "c", 1)]),
    "walk_all": lambda process, id: process.worker.walk([WakeUp(id)]),
    "delay_ends": lambda process, id: process.worker.walk([WakeUp(id, "d", 1)], resumed=True),
    "cancel": lambda process, id: process.act_on(lifecycle.cancel(process.worker, id)),
    "pause": lambda process, id: process.act_on(lifecycle.pause(process.worker, id)),
    "resume": lambda process, id: process.act_on(lifecycle.resume(process.worker, id)),
    "retry": lambda process, id: process.act_on(lifecycle.retry(process.worker, id)),
    "admit": lambda process, id: process.act_on(maintain_lane(process.worker, LANE)),
}


def pending(stack: Stack, document: Any) -> str:
    """Nobody has begun it."""
    (id,) = stack.accept(document)
    return id


def running(stack: Stack, document: Any, **columns: Any) -> str:
    """``a`` is completed, ``b`` runs and its lease is over, ``c`` is ready, ``d`` waits and is due."""
    (id,) = stack.accept(document)
    for name, status, claim in (
        *(("start", "COMPLETED", 0), ("a", "COMPLETED", 1)),
        *(("b", "RUNNING", 1), ("c", "READY", 0), ("d", "WAITING", 0)),
    ):
        stack.execute(
            "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, next_check_at, due_at,"
            " started_at, created_at, output, resume) VALUES (%(id)s, %(node)s, 1, 1, gen_random_uuid(), %(type)s,"
            " %(status)s, %(claim)s, CASE WHEN %(status)s <> 'COMPLETED' THEN now() END,"
            " CASE WHEN %(status)s = 'WAITING' THEN now() END, now(), now() - interval '1 minute',"
            " CASE WHEN %(status)s = 'COMPLETED' THEN '1'::json END,"
            " CASE WHEN %(status)s = 'WAITING' THEN 'complete' END)",
            {"id": id, "node": name, "status": status, "claim": claim, "type": "delay" if name == "d" else "nap"},
        )
    values = {"status": "RUNNING", "open_steps": 3, "next_check_at": None, **columns}
    sets = ", ".join(f"{name} = %({name})s" for name in values)
    stack.execute(f"UPDATE executions SET started_at = now(), {sets} WHERE id = %(id)s", {**values, "id": id})
    return id


def queued(stack: Stack, document: Any) -> str:
    """The same, retried and waiting for a slot that is free."""
    stack.execute(
        "INSERT INTO lanes (name, slots, on_limit, next_check_at) VALUES (%s, 1, 'queue', now())",
        (LANE,),
    )
    return running(stack, document, lane=LANE, queued=True)


def orphan(stack: Stack, document: Any) -> str:
    """The same, as the child of a step that does not wait for it any more."""
    fan_out = new_id()
    stack.execute(
        "INSERT INTO fan_outs (id, execution_id, node_id, visit, attempt, workflow_id, version, depth, collects, total,"
        " next_item, closed, next_check_at) SELECT %s, %s, 'x', 1, 1, %s, 1, 1, false, 1, 1, true, now()",
        (fan_out, new_id(), new_id()),
    )
    id = running(stack, document, fan_out_id=fan_out)
    stack.execute(
        "UPDATE fan_outs SET workflow_id = (SELECT workflow_id FROM executions WHERE id = %s) WHERE id = %s",
        (id, fan_out),
    )
    return id


def failed(stack: Stack, document: Any) -> str:
    """The same, failed while ``b`` ran: nothing else is live."""
    id = running(stack, document, status="FAILED", open_steps=1)
    stack.execute(
        "UPDATE steps SET status = 'CANCELLED', next_check_at = NULL, due_at = NULL, resume = NULL"
        " WHERE execution_id = %s AND node_id IN ('c', 'd')",
        (id,),
    )
    return id


SITUATIONS: dict[str, tuple[Callable[[Stack, Any], str], tuple[str, ...]]] = {
    "pending": (pending, ("look", "walk_all", "cancel", "pause")),
    "running": (running, ("look", "renew", "record", "fail", "walk", "walk_all", "delay_ends", "cancel", "pause")),
    "paused": (
        lambda stack, document: running(stack, document, status="PAUSED"),
        ("look", "renew", "record", "fail", "cancel", "resume"),
    ),
    "queued": (queued, ("look", "admit", "record", "cancel")),
    "orphan": (orphan, ("look", "record", "fail", "walk", "cancel")),
    "failed": (failed, ("look", "record", "retry")),
}


@pytest.mark.parametrize(
    ("situation", "document"),
    [*((situation, UNDOABLE) for situation in SITUATIONS), ("orphan", PLAIN)],
    ids=[*SITUATIONS, "orphan plain"],
)
def test_every_pair_of_events_can_continue(
    fresh: Stack, processes: tuple[Process, Process], situation: str, document: Any
) -> None:
    make, acts = SITUATIONS[situation]
    for first, second in product(acts, acts):
        id = make(fresh, document)

        interleave(fresh, processes, ACTS[first], ACTS[second], id)

        assert stuck(processes[0]) == [], f"{first}, then {second}: {fresh.story(id)}"
        let_time_pass(fresh, processes[0], id)
        assert fresh.execution(id).status in TERMINAL, f"{first}, then {second}: {fresh.story(id)}"
        live = [step.node_id for step in fresh.steps(id) if step.status in ("READY", "RUNNING", "WAITING")]
        assert live == [], f"{first}, then {second}: {fresh.story(id)}"
        fresh.execute("DELETE FROM executions; DELETE FROM steps; DELETE FROM lanes; DELETE FROM fan_outs")


def interleave(stack: Stack, processes: tuple[Process, Process], first: Act, second: Act, id: str) -> None:
    """Run the second act while the first has written and not committed; one that has to wait goes on afterwards."""
    with holding() as hold:
        threads = [threading.Thread(target=attempt, args=(first, processes[0], id))]
        threads[0].start()
        assert wait_until(lambda: hold.reached.is_set() or not threads[0].is_alive(), seconds=20)
        hold.reached.set()  # it has held, or had nothing to write: the second act must not hold
        threads.append(threading.Thread(target=attempt, args=(second, processes[1], id)))
        threads[1].start()
        assert wait_until(
            lambda: not threads[1].is_alive() or waits_for_lock(stack) or is_held_up(processes[1]), seconds=20
        )
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def attempt(act: Act, process: Process, id: str) -> None:
    with suppress(Conflict):
        act(process, id)


def is_held_up(process: Process) -> bool:
    return process.is_held_up or process.worker.walker.is_held_up


def waits_for_lock(stack: Stack) -> bool:
    waiting = "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted"
    return bool(stack.rows(f"{waiting} AND datname = current_database()"))


def stuck(process: Process) -> list[tuple[Any, ...]]:
    with driver(process.worker.engine) as connection, connection.cursor() as cursor:
        return [tuple(each) for each in find_stuck(cursor, after=None, limit=100).stuck]


def let_time_pass(stack: Stack, process: Process, id: str) -> None:
    """Everything that is checked some time is checked now, again and again; what is paused is resumed."""
    for _ in range(20):
        if stack.execution(id).status in TERMINAL and not stack.execution(id).open_steps:
            return
        if stack.execution(id).status == "PAUSED":
            process.act_on(lifecycle.resume(process.worker, id))
        for table in ("steps", "executions", "signals", "lanes", "fan_outs"):
            stack.execute(
                f"UPDATE {table} SET next_check_at = now() - interval '1 hour' WHERE next_check_at IS NOT NULL"
            )
        stack.execute("UPDATE steps SET due_at = now() - interval '1 hour' WHERE due_at IS NOT NULL")
        process.keeper.run_once()
        process.worker.publisher.flush()
        wake_ups = list(process.sent)
        process.sent.clear()
        for wake_up in wake_ups:
            process.worker.walk([wake_up])
