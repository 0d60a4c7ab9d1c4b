"""Child executions: sub_workflow and for_each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.scripts.stack.processes import wait_until
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

DOUBLE = graph("start>double", double=node("transform", value={"*": [{"var": "item"}, 2]}))


def each(items: Any, inner: dict[str, Any] | None = None, *paths: str, **data: Any) -> dict[str, Any]:
    """``start`` to a for_each called ``each``."""
    data = {"items": items, "graph": inner or DOUBLE, **data}
    return graph(*(paths or ("start>each",)), each=node("for_each", **data))


def children(stack: Stack, parent: str) -> list[SimpleNamespace]:
    """The children of an execution, in their order."""
    return stack.rows(
        "SELECT e.* FROM executions e JOIN fan_outs f ON f.id = e.fan_out_id WHERE f.execution_id = %s ORDER BY e.item",
        (parent,),
    )


def items_left(stack: Stack, parent: str) -> int:
    """Items that have not become children."""
    statement = "SELECT count(*) AS n FROM fan_out_items JOIN fan_outs f ON f.id = fan_out_id WHERE f.execution_id = %s"
    return int(stack.rows(statement, (parent,))[0].n)


def one(inner: str, *paths: str, **data: Any) -> dict[str, Any]:
    """``start`` to a sub_workflow called ``call``, which runs this workflow."""
    return graph(*(paths or ("start>call",)), call=node("sub_workflow", workflow_id=inner, **data))


# --- sub_workflow -----------------------------------------------------------------------------------------------


def test_sub_workflow_passes_payload_and_returns_output(either: Stack) -> None:
    inner = either.save(graph("start>sum", sum=node("transform", value={"+": [{"var": "a"}, {"var": "b"}]})))

    id = either.begin(one(inner, "start>call>after"), {"a": 2, "b": 3})

    assert either.finish(id).status == "COMPLETED", either.story(id)
    assert either.step(id, "call").output == 5
    (child,) = children(either, id)
    assert (child.workflow_id, child.status, child.payload, child.depth) == (inner, "COMPLETED", {"a": 2, "b": 3}, 1)


def test_sub_workflow_gets_its_own_payload(threads: Stack) -> None:
    inner = threads.save(graph("start>say", say=node("transform", value={"var": "who"})))

    id = threads.begin(one(inner, payload={"who": "{{ payload.name }}"}), {"name": "Ada"})

    assert threads.finish(id).output == "Ada", threads.story(id)


def test_inline_graph_fills_its_own_templates(threads: Stack) -> None:
    inner = graph("start>x>call", x=node("transform", value={"var": "n"}), call=node("sub_workflow", graph=DOUBLE))
    inner["nodes"][2]["data"]["payload"] = {"item": "{{ x.output }}"}

    id = threads.begin(graph("start>outer", outer=node("sub_workflow", graph=inner)), {"n": 21})

    assert threads.finish(id).output == 42, threads.story(id)


@pytest.mark.parametrize("names", [0, 2])
def test_unknown_or_ambiguous_workflow_name_fails_the_step(threads: Stack, names: int) -> None:
    for _ in range(names):
        saved = threads.save(DOUBLE)
        threads.execute("UPDATE workflows SET name = 'twins' WHERE id = %s", (saved,))

    id = threads.begin(graph("start>call", call=node("sub_workflow", name="twins")))

    assert threads.finish(id).status == "FAILED"
    error = threads.step(id, "call").error
    assert error["type"] == "UnknownWorkflow"
    assert "twins" in error["message"]


def test_failed_child_fails_the_step_with_its_reason(threads: Stack) -> None:
    inner = threads.save(graph("start>no", no=node("flaky")))

    id = threads.begin(one(inner, "start>call>after"))

    assert threads.finish(id).status == "FAILED"
    (child,) = children(threads, id)
    error = threads.step(id, "call").error
    assert error["type"] == "ChildFailed"
    assert child.id in error["message"]
    assert "Attempt 1 fails." in error["message"]


def test_child_that_fails_can_be_caught_and_tried_again(threads: Stack) -> None:
    inner = threads.save(graph("start>no", no=node("flaky")))
    retry = {"max_attempts": 2, "initial_interval": 0.01}

    id = threads.begin(one(inner, "start>call:error>saved", retry=retry))

    assert threads.finish(id).status == "COMPLETED", threads.story(id)
    assert threads.ran(id) == ["start", "saved"]
    assert len(children(threads, id)) == 2


def test_retried_step_waits_for_its_new_child(threads: Stack, calls: Service) -> None:
    fails, holds = calls.url + "/fail?times=1", calls.url + "/hold"
    again = graph(
        "start>no>held", no=node("http_call", url=fails, fail_on_status=True), held=node("http_call", url=holds)
    )
    inner = threads.save(again)
    id = threads.begin(one(inner, "start>call>after", retry={"max_attempts": 2, "initial_interval": "50ms"}))
    calls.wait_for("/hold")

    threads.pause(id)
    threads.resume(id)

    assert threads.finish(threads.begin(graph("start>a"))).status == "COMPLETED"
    assert (threads.step(id, "call").status, threads.step(id, "call").due_at) == ("WAITING", None)
    calls.released.set()
    assert threads.finish(id).status == "COMPLETED", threads.story(id)


def test_recursion_stops_at_the_maximum_depth(threads: Stack) -> None:
    inner = threads.save(graph("start>call", call=node("sub_workflow", name="myself")))
    threads.execute("UPDATE workflows SET name = 'myself' WHERE id = %s", (inner,))

    id = threads.begin(one(inner))

    assert threads.finish(id).status == "FAILED"
    (deepest,) = threads.rows("SELECT max(depth) AS depth FROM executions WHERE workflow_id = %s", (inner,))
    assert deepest.depth == 20
    (error,) = threads.rows(
        "SELECT s.error FROM steps s JOIN executions e ON e.id = s.execution_id"
        " WHERE e.workflow_id = %s AND s.error ->> 'type' = 'TooDeep'",
        (inner,),
    )
    assert "20" in error.error["message"]


# --- for_each ---------------------------------------------------------------------------------------------------


def test_for_each_collects_outputs_in_order(either: Stack) -> None:
    id = either.begin(each("{{ payload.numbers }}", None, "start>each>after"), {"numbers": list(range(57)), "a": 1})

    assert either.finish(id).status == "COMPLETED", either.story(id)
    assert either.step(id, "each").output == [2 * number for number in range(57)]
    found = children(either, id)
    assert [child.payload["index"] for child in found] == list(range(57))
    assert found[3].payload == {"numbers": list(range(57)), "a": 1, "item": 3, "index": 3}


def test_for_each_fills_the_payload_of_each_child(threads: Stack) -> None:
    inner = graph("start>say", say=node("transform", value={"var": ""}))
    payload = {"who": "{{ item.name }}", "at": "{{ index }}", "of": "{{ payload.team }}"}

    id = threads.begin(
        each("{{ payload.people }}", inner, payload=payload), {"team": "x", "people": [{"name": "a"}, {"name": "b"}]}
    )

    assert threads.finish(id).output == [{"who": "a", "at": 0, "of": "x"}, {"who": "b", "at": 1, "of": "x"}]


def test_max_parallel_bounds_live_children(threads: Stack, calls: Service) -> None:
    inner = graph("start>hold", hold=node("http_call", url=f"{calls.url}/hold"))
    id = threads.begin(each(list(range(9)), inner, max_parallel=3))
    calls.wait_for("/hold", 3)

    begun = len(children(threads, id))
    calls.released.set()

    assert begun == 3
    assert threads.finish(id).status == "COMPLETED", threads.story(id)
    assert len(children(threads, id)) == 9


@pytest.mark.parametrize(("items", "output"), [([], []), ("{{ payload.none_such_list }}", None), ({"a": 1}, None)])
def test_for_each_over_empty_list_and_non_list(threads: Stack, items: Any, output: Any) -> None:
    id = threads.begin(each(items))

    done = threads.finish(id)

    assert done.output == output
    if output is None:
        assert done.status == "FAILED"
        assert "it must be a list" in threads.step(id, "each").error["message"]


def test_first_item_that_fails_stops_the_others(threads: Stack, calls: Service) -> None:
    bad = {"==": [{"var": "item"}, 1]}
    inner = graph(
        "start>which>hold",
        "which:bad>bad",
        which=node("branch", cases=[{"label": "bad", "condition": bad}, {"else": True, "next": "hold"}]),
        bad=node("flaky"),
        hold=node("http_call", url=f"{calls.url}/hold"),
    )

    id = threads.begin(each([0, 1, 2, 3, 4, 5], inner, max_parallel=3))

    assert threads.finish(id).status == "FAILED"
    assert "item 1" in threads.step(id, "each").error["message"]
    calls.released.set()
    assert wait_until(
        lambda: {child.status for child in children(threads, id)} <= {"FAILED", "CANCELLED", "COMPLETED"}, seconds=20
    )
    assert len(children(threads, id)) == 3
    assert wait_until(lambda: items_left(threads, id) == 0, seconds=20)


def test_children_are_cancelled_with_their_parent(threads: Stack) -> None:
    inner = graph("start>ask", ask=node("human_approval"))
    id = threads.begin(each([1, 2, 3], inner, max_parallel=2))
    assert wait_until(lambda: len(children(threads, id)) == 2, seconds=20)
    for child in children(threads, id):
        threads.wait_for_step(child.id, "ask", "WAITING")

    threads.cancel(id)

    assert threads.execution(id).status == "CANCELLED"
    assert wait_until(lambda: {child.status for child in children(threads, id)} == {"CANCELLED"}, seconds=20)
    assert len(children(threads, id)) == 2


def test_more_than_100000_items_are_refused(threads: Stack) -> None:
    id = threads.begin(each("{{ payload.items }}"), {"items": [0] * 100_001})

    assert threads.finish(id).status == "FAILED"
    assert "100,001 items; at most 100,000 are allowed" in threads.step(id, "each").error["message"]
