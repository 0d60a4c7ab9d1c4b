"""A walk remembers outputs up to a number of bytes; what it has forgotten is read again."""

from __future__ import annotations

from app.engine.config import EngineConfig, HandlerLimits
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.context import ExecutionContext
from app.engine.walk.inputs import SettledStep
from app.storage.definition import Definition
from app.storage.walk.lock import ExecutionOrigin
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context, workflow_cache


def context_of(most: int) -> ExecutionContext:
    cache = workflow_cache()
    drawn = graph("start>a>b>c", "c>d", "d:again>e>d", d=node("branch", cases=[{"label": "again", "condition": True}]))
    workflow = cache.get("w", 1, lambda: Definition("graph", drawn), ())
    context = ExecutionContext(cache, workflow, "x", ExecutionOrigin("w", 1, {}, {}))
    context.max_collected_bytes = most
    return context


def remember(context: ExecutionContext, name: str, size: int) -> None:
    context.remember(SettledStep(name, (), "COMPLETED", None, name), size)


def remembered(context: ExecutionContext) -> list[str]:
    return list(context._settled)


def test_oldest_outputs_are_forgotten_beyond_half_of_the_budget() -> None:
    context = context_of(100)
    for name in ("a", "b", "c"):
        remember(context, name, 20)
    remember(context, "a", 20)
    assert remembered(context) == ["b", "c", "a"]

    context.begin_transaction()

    assert remembered(context) == ["c", "a"]


def test_outputs_of_loops_are_forgotten() -> None:
    context = context_of(100)
    for name in ("d", "e", "a"):
        remember(context, name, 1)

    context.begin_transaction()

    assert remembered(context) == ["a"]


def test_nothing_is_forgotten_within_a_transaction() -> None:
    context = context_of(100)

    for name in ("a", "b", "c"):
        remember(context, name, 60)

    assert remembered(context) == ["a", "b", "c"]
    assert context.is_full


#  start ─▶ big0 ─▶ big1 ─▶ … ─▶ big9 ─▶ last
def test_forgotten_outputs_are_read_again(quiet: Stack) -> None:
    bigs = {f"big{number}": node("transform", value="x" * 10_000 + str(number)) for number in range(10)}
    ends = node("transform", value=[{"var": f"$steps.big{number}"} for number in range(10)])
    (id,) = quiet.accept(graph(">".join(["start", *bigs, "last"]), **bigs, last=ends))
    wake_ups = [WakeUp(id)]
    publisher = Publisher(wake_ups.extend)
    config = EngineConfig(limits=HandlerLimits(max_collected_bytes=150_000, max_output_bytes=150_000))

    with quiet.engine() as engine:
        worker = worker_context(engine, publisher, config=config)
        while wake_ups:
            worker.walk([wake_ups.pop(0)])
            publisher.flush()

    assert quiet.execution(id).status == "COMPLETED", quiet.execution(id).error
    assert [text[-1] for text in quiet.step(id, "last").output] == [str(number) for number in range(10)]
