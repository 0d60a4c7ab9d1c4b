"""A result that is alone is recorded by the thread that has ended its handler, and begins the next one."""

from __future__ import annotations

import asyncio
import json
import threading
from contextvars import ContextVar
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.definitions.compiled import WorkflowCache, compile_workflow
from app.engine.registry import HandlerResult
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import Look, Result
from app.engine.walk.turns import Turns
from app.engine.walk.walker import WorkerContext
from app.graph.compile import compile_document
from app.scripts.stack.processes import wait_until
from app.storage.database import driver
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, worker_context

LOOP, WALK = "handler-loop", "walk"
seen: ContextVar[str] = ContextVar("seen", default="nothing")


class Effect:
    """Waits until the thread of the walk does; its output is what an earlier handler has left in its context."""

    type = "effect"
    worker: WorkerContext

    async def execute(self, **_: Any) -> HandlerResult:
        while self.worker.walker._is_busy:
            await asyncio.sleep(0.001)
        found = seen.get()
        seen.set("something")
        return HandlerResult(result=found)


class Plain:
    """As ``Effect``, on a thread; its output is the number of the thread."""

    type = "plain"
    worker: WorkerContext

    def execute(self, **_: Any) -> HandlerResult:
        assert wait_until(lambda: not self.worker.walker._is_busy, seconds=20)
        return HandlerResult(result=threading.get_ident())


class Leaves(Effect):
    """Leaves a task on the event loop."""

    type = "leaves"

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[Any]] = []

    async def execute(self, **given: Any) -> HandlerResult:
        self.tasks.append(asyncio.get_running_loop().create_task(asyncio.sleep(30)))
        return await super().execute(**given)


class NeedsThread:
    """A pure node that runs a coroutine of its own, which is possible only where no loop runs."""

    type = "needs_thread"
    pure = True

    def execute(self, **_: Any) -> HandlerResult:
        return HandlerResult(result=asyncio.run(asyncio.sleep(0, "ran")))


class Meets:
    """Waits for another call of its type."""

    type = "meets"

    def __init__(self) -> None:
        self.both = threading.Barrier(2)

    def execute(self, **_: Any) -> HandlerResult:
        self.both.wait(30)
        return HandlerResult(result=1)


MEET = {"b": node("meets"), "c": node("meets")}


@pytest.fixture
def worker(engine: Engine) -> WorkerContext:
    types, effects = registry(), (Effect(), Leaves(), Plain())
    for handler in (*effects, NeedsThread(), Meets()):
        types.register(handler)
    made = worker_context(engine, Publisher(lambda wake_ups: None), workflows=WorkflowCache(types))
    for effect in effects:
        effect.worker = made
    return made


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that have taken turns with results."""
    names: list[str] = []
    turn, turn_alone = Turns.turn, Turns.turn_alone

    def take(self: Turns, results: list[Any], looks: list[Any]) -> None:
        if results:
            names.append(threading.current_thread().name)
        turn(self, results, looks)

    def take_alone(self: Turns, result: Result) -> None:
        names.append(threading.current_thread().name)
        turn_alone(self, result)

    monkeypatch.setattr(Turns, "turn", take)
    monkeypatch.setattr(Turns, "turn_alone", take_alone)
    return names


def effects(*names: str) -> dict[str, Any]:
    return {name: node("effect") for name in names}


def test_chain_alone_changes_no_thread(quiet: Stack, worker: WorkerContext, threads: list[str]) -> None:
    (id,) = quiet.accept(graph("start>a>b>c", **effects("a", "b", "c")))

    worker.walk([WakeUp(id)])

    assert quiet.execution(id).status == "COMPLETED"
    assert threads == [LOOP] * 3


def test_chain_of_plain_handlers_stays_on_one_thread(quiet: Stack, worker: WorkerContext, threads: list[str]) -> None:
    nodes = dict.fromkeys("abc", node("plain"))
    (id,) = quiet.accept(graph("start>a>p>b>c", **nodes, p=node("needs_thread")))

    worker.walk([WakeUp(id)])

    assert quiet.execution(id).status == "COMPLETED"
    assert len({quiet.step(id, name).output for name in "abc"}) == 1
    assert threads == ["handler"] * 3


def test_fork_to_plain_handlers_runs_side_by_side(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>a>b>d", "a>c>d", a=node("plain"), d=node("plain"), **MEET))

    worker.walk([WakeUp(id)])

    assert quiet.execution(id).status == "COMPLETED"


def test_handler_inherits_no_context_of_the_one_before(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>a>b>c", **effects("a", "b", "c")))

    worker.walk([WakeUp(id)])

    assert [quiet.step(id, name).output for name in "abc"] == ["nothing"] * 3


#               ┌─▶ b ─┐
#   start ─▶ a ─┤      ├─▶ d ─▶ e
#               └─▶ c ─┘
def test_fork_and_join_alone_are_recorded_too(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>a>b>d>e", "a>c>d", **effects("a", "b", "c", "d", "e")))

    worker.walk([WakeUp(id)])

    assert quiet.execution(id).status == "COMPLETED"
    assert {quiet.step(id, name).status for name in "abcde"} == {"COMPLETED"}


#               ┌─▶ b
#   start ─▶ a ─┤
#               └─▶ c ─▶ d
def test_outputs_of_paths_that_end_one_by_one_are_kept(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>a>b", "a>c>d", **effects("a", "b", "c", "d")))

    worker.walk([WakeUp(id)])

    assert quiet.execution(id).output == {"b": "nothing", "d": "nothing"}


def test_moved_execution_does_not_end_by_its_old_version(quiet: Stack, worker: WorkerContext) -> None:
    (id,) = quiet.accept(graph("start>a", a=node("effect")))
    held = worker.walker._turns.turn_alone

    def move_first(result: Result) -> None:
        quiet.execute(
            "INSERT INTO workflow_versions (workflow_id, version, document)"
            " SELECT workflow_id, 2, %s FROM executions WHERE id = %s",
            (json.dumps(graph("start>a>b", **effects("a", "b"))), id),
        )
        quiet.execute("UPDATE executions SET version = 2 WHERE id = %s", (id,))
        worker.walker._turns.turn_alone = held  # type: ignore[method-assign]
        held(result)

    worker.walker._turns.turn_alone = move_first  # type: ignore[method-assign]
    worker.walk([WakeUp(id)])

    assert (quiet.execution(id).status, quiet.step(id, "b").status) == ("COMPLETED", "COMPLETED")


def test_pure_node_runs_where_no_loop_does(quiet: Stack, worker: WorkerContext, threads: list[str]) -> None:
    (id,) = quiet.accept(graph("start>a>p>b", **effects("a", "b"), p=node("needs_thread")))

    worker.walk([WakeUp(id)])

    assert quiet.step(id, "p").output == "ran"
    assert threads == [WALK, LOOP]


def test_turn_delays_no_task_that_a_handler_left(quiet: Stack, worker: WorkerContext, threads: list[str]) -> None:
    (id,) = quiet.accept(graph("start>a>b", a=node("leaves"), b=node("effect")))

    worker.walk([WakeUp(id)])

    assert threads == [WALK] * 2


def test_walk_waits_for_the_turn_on_the_loop(quiet: Stack, worker: WorkerContext, engine: Engine) -> None:
    first, second = quiet.accept(graph("start>a>b>c", **effects("a", "b", "c")), count=2)

    with driver(engine) as connection, connection.cursor() as holder:
        holder.execute("BEGIN; LOCK TABLE steps IN SHARE MODE")  # The claim of a waits, too.
        worker.walker.offer([Look(WakeUp(first))])
        assert wait_until(lambda: is_waiting(quiet), seconds=20)
        worker.walker.offer([Look(WakeUp(second))])
        assert not worker.walker.wait_idle(0)
        holder.execute("COMMIT")

    assert worker.walker.wait_idle(30)
    assert {quiet.execution(id).status for id in (first, second)} == {"COMPLETED"}


def test_result_of_a_held_execution_is_recorded_later(
    quiet: Stack, worker: WorkerContext, threads: list[str], engine: Engine
) -> None:
    (id,) = quiet.accept(graph("start>a>b", **effects("a", "b")))
    walk = worker.walker._turns.turn_alone
    holding = threading.Event()

    with driver(engine) as connection, connection.cursor() as holder:

        def hold_first(result: Result) -> None:
            if not holding.is_set():
                holder.execute("BEGIN; SELECT 1 FROM executions WHERE id = %s FOR UPDATE", (id,))
                holding.set()
            walk(result)

        worker.walker._turns.turn_alone = hold_first  # type: ignore[method-assign]
        worker.walker.offer([Look(WakeUp(id))])
        assert holding.wait(20)
        assert wait_until(lambda: worker.walker.is_held_up, seconds=20)
        holder.execute("COMMIT")

    assert worker.walker.wait_idle(30)
    assert quiet.execution(id).status == "COMPLETED"
    assert threads == [LOOP] * 2


def test_only_nodes_that_lead_to_one_effect_are_recorded_there() -> None:
    types = registry()
    for handler in (Effect(), NeedsThread()):
        types.register(handler)
    document = graph(
        *("start>a>b>p>c", "start>d>e", "d>f", "start>g>h:error>i"),
        **effects(*"abcdefghi"),
        p=node("needs_thread"),
    )

    compiled = compile_workflow(compile_document("graph", document, types.traits).graph, types)

    assert {id for id, node in compiled.nodes.items() if node.leads_to_effect} == {*"apcefgi"}


def is_waiting(stack: Stack) -> bool:
    (row,) = stack.rows(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return bool(row.n)
