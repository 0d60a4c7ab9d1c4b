"""What steps mean: the graph that they become, walked."""

from __future__ import annotations

from random import Random

import pytest

from app.graph.compile import essence_of, show_document
from app.graph.dialects.steps.compile import priority_number, read_steps
from app.graph.model import RetryPolicy
from tests.graph.drawing import walk
from tests.graph.stepwise import built, graph, steps


#   0.a ─▶ 0.b ─▶ 1.c
def test_tasks_of_a_sequence_run_one_after_the_other() -> None:
    compiled = graph("a b", "c")

    assert compiled.entries == ("0.a",)
    assert [(edge.source, edge.target) for edge in compiled.edges] == [("0.a", "0.b"), ("0.b", "1.c")]
    assert walk(compiled).completed == ["0.a", "0.b", "1.c"]


#          ┌─▶ 1.b ─┐
#   0.a ───┤        ├─▶ step 1 done ─▶ 2.a
#          └─▶ 1.c ─┘
@pytest.mark.parametrize("slow", ["1.b", "1.c"])
def test_parallel_step_is_done_when_all_of_its_tasks_are(slow: str) -> None:
    run = walk(graph("a", "b | c", "a"), slow={slow})

    assert run.status == "COMPLETED"
    assert sorted(run.completed[1:3]) == ["1.b", "1.c"]
    assert run.completed[3:] == ["step 1 done", "2.a"]
    assert run.skipped == []
    assert run.leftover == {}


#   0.a ✗ ─▶ 0.b ─▶ 1.c
def test_failed_task_stops_a_sequence() -> None:
    run = walk(graph("a b", "c"), fails={"0.a"})

    assert (run.status, run.started, run.skipped) == ("FAILED", ["0.a"], [])


#   ┌─▶ 0.a ✗ ┐
#   ├─▶ 0.b   ├─     step 0 done      1.x
#   └─▶ 0.c   ┘
@pytest.mark.parametrize("failing", [{"0.a"}, {"0.b", "0.c"}, {"0.a", "0.b", "0.c"}])
@pytest.mark.parametrize("slow", ["0.a", "0.c"])
def test_parallel_step_ends_after_all_its_tasks(failing: set[str], slow: str) -> None:
    run = walk(graph("a | b | c", "x"), fails=failing, slow={slow})

    assert run.status == "FAILED"
    assert set(run.failed) == failing
    assert sorted(run.completed + run.failed) == run.started == ["0.a", "0.b", "0.c"]
    assert run.skipped == []


@pytest.mark.parametrize("seed", range(20))
def test_steps_after_a_failed_step_never_start(seed: int) -> None:
    compiled = graph("a | b", "a | b | x | x", "c | b", "a")

    good = walk(compiled, chance=Random(seed))
    bad = walk(compiled, fails={"1.x#2"}, chance=Random(seed))

    assert good.status == "COMPLETED"
    assert good.leftover == {}
    assert bad.status == "FAILED"
    assert not [node for node in bad.started if node[0] in "23" or node == "step 1 done"]


def test_parallel_step_of_one_task_is_a_sequence() -> None:
    written = [{"execution_type": "parallel", "tasks": [{"name": "a"}]}]

    assert list(built(written).graph.nodes) == ["0.a"]


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        ("x x x", ["x", "x#2", "x#3"]),
        ("x x x#2", ["x", "x#3", "x#2"]),
        ("x#2 x x#2 x", ["x#2", "x", "x#2#2", "x#3"]),
        ("a x a", ["a", "x", "a#2"]),
    ],
)
def test_tasks_of_one_name_are_numbered(names: str, listed: list[str]) -> None:
    (step,) = read_steps({"steps": steps(names)})

    assert [task.name for task in step.tasks] == listed
    assert walk(graph(names)).completed == [f"0.{name}" for name in listed]


def test_same_name_in_another_step_is_another_node() -> None:
    assert walk(graph("a", "a", "a")).completed == ["0.a", "1.a", "2.a"]


def test_on_lost_is_a_param_of_any_task() -> None:
    nodes = graph("a b", a={"on_lost": "fail"}).nodes

    assert [nodes[id].on_lost.value for id in ("0.a", "0.b")] == ["fail", "again"]


def test_timeout_and_retry_count_apply_to_any_task() -> None:
    nodes = graph("a b c", a={"timeout": "5m", "n": 1}, b={"retry_count": 3}, c={"retry_count": 0}).nodes

    assert nodes["0.a"].timeout == 300.0
    assert nodes["0.a"].data == {"timeout": "5m", "n": 1}
    assert nodes["0.a"].retry.max_attempts == nodes["0.c"].retry.max_attempts == 1
    assert nodes["0.b"].retry == RetryPolicy(max_attempts=4, initial_interval=1.0, max_interval=30.0, multiplier=2.0)


def test_more_important_tasks_of_a_parallel_step_start_first() -> None:
    important = {"b": {"priority": "HIGH"}, "c": {"priority": -3}}

    assert graph("a | c | b", **important).entries == ("0.b", "0.a", "0.c")
    assert walk(graph("x", "a | c | b", **important)).started[1:4] == ["1.b", "1.a", "1.c"]
    assert walk(graph("a c b", **important)).started == ["0.a", "0.c", "0.b"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, 0),
        ({"a": {"priority": "high"}}, 10),
        ({"a": {"priority": "low"}}, -10),
        ({"a": {"priority": "low"}, "b": {"priority": 7}}, 7),
    ],
)
def test_priority_is_that_of_the_most_urgent_task(params: dict[str, dict[str, object]], expected: int) -> None:
    assert priority_number({"steps": steps("a b", "c", **params)}) == expected


def test_thousand_tasks_beside_a_thousand_are_few_edges() -> None:
    many = " | ".join(["x"] * 1000)

    assert len(graph(many, many).edges) == 2_000


def test_only_parallel_tasks_defer_their_failure() -> None:
    nodes = graph("a b", "a | b", "c").nodes

    assert [id for id, node in nodes.items() if node.defer_failure] == ["1.a", "1.b"]


def test_unknown_key_is_warned() -> None:
    written = steps("a")
    written[0]["parallel"] = True
    written[0]["tasks"][0]["par/ams"] = {}

    assert [(warning.code, warning.pointer) for warning in built(written).warnings] == [
        ("UNKNOWN_KEY", "/steps/0/parallel"),
        ("UNKNOWN_KEY", "/steps/0/tasks/0/par~1ams"),
    ]


def test_steps_are_shown_as_they_were_posted_and_as_a_graph() -> None:
    document = {"steps": steps("a | b", "c")}

    shown = show_document("steps", document)

    assert shown["steps"] == document["steps"] == essence_of("steps", document)
    assert [(node["id"], node["type"]) for node in shown["graph"]["nodes"]] == [
        ("0.a", "a"),
        ("0.b", "b"),
        ("step 0 done", "transform"),
        ("1.c", "c"),
    ]
    assert len({edge["id"] for edge in shown["graph"]["edges"]}) == 3
