"""Children while workers and the broker fail: each item is one child, and the parent continues once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from app.errors import Conflict
from app.scripts.stack.processes import wait_until
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.servers import flush
from tests.service import Service


def each(count: int, inner: dict[str, Any], **data: Any) -> dict[str, Any]:
    """start ─▶ each ─▶ after"""
    loop = node("for_each", items=list(range(count)), graph=inner, **data)
    return graph("start>each>after", each=loop)


def ended(stack: Stack, parent: str) -> int:
    """The number of children that have ended."""
    statement = (
        "SELECT count(*) AS n FROM executions e JOIN fan_outs f ON f.id = e.fan_out_id"
        " WHERE f.execution_id = %s AND e.finished_at IS NOT NULL"
    )
    return int(stack.rows(statement, (parent,))[0].n)


def each_item_once(stack: Stack, parent: str, count: int) -> None:
    """Assert that the parent has completed, and that every item was one child."""
    assert stack.finish(parent, seconds=60).status == "COMPLETED", stack.story(parent)
    assert stack.step(parent, "each").output == [{"slept": 0.01, "visit": 1}] * count
    items = stack.rows(
        "SELECT e.item, e.status, f.next_item, f.ended FROM executions e JOIN fan_outs f ON f.id = e.fan_out_id"
        " WHERE f.execution_id = %s ORDER BY e.item",
        (parent,),
    )
    assert [(row.item, row.status) for row in items] == [(number, "COMPLETED") for number in range(count)]
    assert {(row.next_item, row.ended) for row in items} == {(count, count)}
    assert len([step for step in stack.steps(parent) if step.node_id == "after"]) == 1
    assert stack.rows("SELECT 1 FROM fan_out_items") == []
    assert stack.rows("SELECT 1 FROM signals") == []


def test_every_item_is_one_child_although_workers_are_killed(fresh: Stack) -> None:
    fresh.start_worker()
    id = fresh.begin(each(120, graph("start>nap", nap=node("nap", seconds=0.01)), max_parallel=7))

    for mark in (20, 60):
        assert wait_until(lambda mark=mark: ended(fresh, id) >= mark, seconds=30), fresh.story(id)
        fresh.kill_workers()
        fresh.start_worker()

    each_item_once(fresh, id, 120)


def test_broker_loss_keeps_one_child_per_item(fresh: Stack) -> None:
    fresh.start_worker(pool="threads", concurrency=4)
    id = fresh.begin(each(80, graph("start>nap", nap=node("nap", seconds=0.01)), max_parallel=5))

    for mark in (10, 40):
        assert wait_until(lambda mark=mark: ended(fresh, id) >= mark, seconds=30), fresh.story(id)
        flush(fresh.redis_url)

    each_item_once(fresh, id, 80)


def test_parent_continues_after_its_notifier_dies(fresh: Stack, calls: Service) -> None:
    held = graph("start>hold", hold=node("http_call", url=f"{calls.url}/hold"))
    fresh.start_worker()
    id = fresh.begin(graph("start>call>after", call=node("sub_workflow", graph=held)))
    calls.wait_for("/hold")
    (child,) = fresh.rows("SELECT id FROM executions WHERE fan_out_id IS NOT NULL")
    fresh.kill_workers()

    # As where the last message is lost: the child is done, its signal is written, and nobody is woken.
    fresh.execute("UPDATE steps SET status = 'COMPLETED', next_check_at = NULL WHERE execution_id = %s", (child.id,))
    fresh.execute(
        "UPDATE executions SET status = 'COMPLETED', output = '\"done\"', finished_at = now() WHERE id = %s",
        (child.id,),
    )
    fresh.execute(
        "INSERT INTO signals SELECT execution_id, node_id, visit, attempt, 'children', id, now() FROM fan_outs"
    )
    flush(fresh.redis_url)
    fresh.start_worker()

    assert fresh.finish(id).status == "COMPLETED", fresh.story(id)
    assert fresh.step(id, "call").output == "done"


def test_childs_deadline_passed_during_downtime_applies(fresh: Stack, calls: Service) -> None:
    asking = graph("start>ask", ask=node("human_approval"))
    fresh.start_worker()
    id = fresh.begin(graph("start>call:error>late", call=node("sub_workflow", graph=asking, max_wait_time="30d")))
    (child,) = _children(fresh, id, 1)
    fresh.wait_for_step(child, "ask", "WAITING")
    fresh.kill_workers()
    fresh.execute("UPDATE steps SET due_at = now(), next_check_at = now() WHERE node_id = 'call'")

    fresh.start_worker()

    assert fresh.finish(id).status == "COMPLETED", fresh.story(id)
    assert fresh.ran(id) == ["start", "late"]
    assert fresh.step(id, "call").error["type"] == "Timeout"
    assert wait_until(lambda: fresh.execution(child).status == "CANCELLED", seconds=20), fresh.story(child)


def test_parents_are_cancelled_while_their_children_end(fresh: Stack) -> None:
    fresh.start_worker()
    fresh.start_worker()
    inner = graph("start>nap", nap=node("nap", seconds=0.01))
    ids = fresh.begin_many(each(40, inner, max_parallel=8), 6)

    for number, id in enumerate(ids):
        assert wait_until(lambda id=id, number=number: ended(fresh, id) >= number % 5, seconds=30), fresh.story(id)
        with suppress(Conflict):  # it was quicker
            fresh.cancel(id)

    def left() -> int:
        return int(fresh.rows("SELECT count(*) AS n FROM executions WHERE finished_at IS NULL")[0].n)

    assert wait_until(lambda: left() == 0, seconds=40), f"{left()} are left"
    assert wait_until(lambda: fresh.rows("SELECT 1 AS x FROM fan_out_items") == [], seconds=20)
    assert "deadlock" not in fresh.log


def test_paused_parent_uses_results_of_children_on_resume(fresh: Stack, calls: Service) -> None:
    held = graph("start>hold>last", hold=node("http_call", url=f"{calls.url}/hold"))
    fresh.start_worker()
    id = fresh.begin(graph("start>call>after", call=node("sub_workflow", graph=held)))
    calls.wait_for("/hold")
    fresh.pause(id)
    calls.released.set()
    (child,) = _children(fresh, id, 1)
    fresh.finish(child)

    paused = fresh.step(id, "call").status
    fresh.resume(id)

    assert paused == "WAITING"
    assert fresh.finish(id).status == "COMPLETED", fresh.story(id)


def test_retried_for_each_keeps_completed_children(fresh: Stack, calls: Service) -> None:
    fresh.start_worker()
    fails = {"in": [{"var": "item"}, [0, 4]]}  # Once, and only when others have completed.
    inner = graph(
        "start>which>good",
        "which:bad>slow>bad",
        which=node("branch", cases=[{"label": "bad", "condition": fails}, {"else": True, "next": "good"}]),
        good=node("http_call", url=f"{calls.url}/good/{{{{ item }}}}"),
        slow=node("nap", seconds=0.5),
        bad=node("http_call", url=f"{calls.url}/fail/{{{{ item }}}}?times=1", fail_on_status=True),
    )
    id = fresh.begin(each(9, inner, max_parallel=3))
    assert fresh.finish(id).status == "FAILED"
    kept = _completed(fresh, id)

    for _ in range(2):
        if fresh.finish(id).status == "FAILED":
            fresh.retry(id)

    assert fresh.finish(id).status == "COMPLETED", fresh.story(id)
    assert len(kept) >= 2
    assert [len(calls.at(f"/good/{item}")) for item in kept] == [1] * len(kept)
    assert _completed(fresh, id) == list(range(9))


def test_retried_step_keeps_completed_children(fresh: Stack, calls: Service) -> None:
    fresh.start_worker()
    inner = graph(
        "start>ask", ask=node("http_call", url=f"{calls.url}/fail/{{{{ item }}}}?times=1", fail_on_status=True)
    )
    retry = {"max_attempts": 4, "initial_interval": 0.01}

    id = fresh.begin(each(3, inner, max_parallel=1, retry=retry))

    assert fresh.finish(id).status == "COMPLETED", fresh.story(id)
    assert _completed(fresh, id) == [0, 1, 2]
    assert len(calls.calls) == 6


def test_retried_parent_reuses_completed_children(fresh: Stack, calls: Service) -> None:
    fresh.start_worker()
    id = fresh.begin(each(3, graph("start>hold", hold=node("http_call", url=f"{calls.url}/hold")), max_parallel=1))
    calls.wait_for("/hold")
    fresh.pause(id)
    calls.released.set()
    assert wait_until(lambda: _completed(fresh, id) == [0, 1, 2], seconds=20), fresh.story(id)
    fresh.cancel(id)

    fresh.retry(id)

    assert wait_until(lambda: fresh.execution(id).status == "COMPLETED", seconds=20), fresh.story(id)
    assert len(_children(fresh, id, 3)) == 3


def _completed(stack: Stack, parent: str) -> list[int]:
    """The items of completed children, in order."""
    statement = (
        "SELECT e.item FROM executions e JOIN fan_outs f ON f.id = e.fan_out_id"
        " WHERE f.execution_id = %s AND e.status = 'COMPLETED' ORDER BY e.item"
    )
    return [row.item for row in stack.rows(statement, (parent,))]


def _children(stack: Stack, parent: str, count: int) -> list[str]:
    """The children of an execution, once there are ``count`` of them."""
    statement = "SELECT e.id FROM executions e JOIN fan_outs f ON f.id = e.fan_out_id WHERE f.execution_id = %s"
    assert wait_until(lambda: len(stack.rows(statement, (parent,))) >= count, seconds=20), stack.story(parent)
    return [row.id for row in stack.rows(statement, (parent,))]
