"""What a DAG of handlers and dependencies means: the graph that it becomes, walked."""

from __future__ import annotations

from typing import Any

import pytest

from app.graph.compile import essence_of, show_document
from app.graph.dialects.dag.compile import dag_document
from app.graph.model import RetryPolicy
from app.logic.references import Source
from tests.graph.dags import built, dag
from tests.graph.drawing import walk


#        ┌─▶ b ─┐
#   a ───┤      ├─▶ d
#        └─▶ c ─┘
def test_node_starts_once_when_its_own_dependencies_are_done() -> None:
    graph = built(dag("a", "b: a", "c: a", "d: b c")).graph

    run = walk(graph, slow={"c"})

    assert run.completed == ["a", "b", "c", "d"]
    assert graph.entries == ("a",)


def test_nodes_without_dependencies_all_start() -> None:
    graph = built(dag("start", "end", "alone", end={"handler": "start"}, alone={"dependencies": None})).graph

    assert sorted(walk(graph).completed) == ["alone", "end", "start"]


def test_node_order_and_repeated_dependencies_do_not_matter() -> None:
    graph = built(dag("c: b b", "b: a", "a")).graph

    assert walk(graph).completed == ["a", "b", "c"]
    assert len(graph.into["c"]) == 1


def test_on_lost_is_a_key_of_the_config() -> None:
    nodes = built(dag("a", "b", a={"config": {"on_lost": "ask"}})).graph.nodes

    assert [nodes[id].on_lost.value for id in "ab"] == ["ask", "again"]


def test_ids_may_be_numbers() -> None:
    graph = built(dag("a", "b", a={"id": 1}, b={"id": "2", "dependencies": [1]})).graph

    assert walk(graph).completed == ["1", "2"]


#            ┌─▶ b ─┐
#   choose ──┤      ├─▶ d
#            └─▶ c ─┘
def test_branch_leads_to_the_nodes_that_its_cases_name() -> None:
    cases = [{"label": "yes", "condition": True, "next": "b"}, {"else": True, "next": "c"}]
    graph = built(dag("choose", "b", "c", "d: b c", choose={"handler": "branch", "config": {"cases": cases}})).graph

    run = walk(graph, choices={"choose": "→c"})

    assert run.completed == ["choose", "c", "d"]
    assert run.skipped == ["b"]


#   a ─▶ b          undo: u (for a)
def test_compensation_node_does_not_start_by_itself() -> None:
    graph = built(dag("a", "b: a", "u", a={"config": {"compensate": "u"}})).graph

    assert graph.entries == ("a",)
    assert graph.nodes["a"].compensate == "u"


@pytest.mark.parametrize(
    ("config", "policy"),
    [
        (None, RetryPolicy(5, 2.0, 10.0, 2.0, jitter=True)),
        ({}, RetryPolicy(5, 2.0, 10.0, 2.0, jitter=True)),
        ({"max_retries": 0, "max_delay": None}, RetryPolicy(1, 2.0, 10.0, 2.0, jitter=True)),
        (
            {"max_retries": 1, "initial_delay": 0.5, "max_delay": "2m", "exponential_base": 3, "jitter": False},
            RetryPolicy(2, 0.5, 120.0, 3.0),
        ),
    ],
)
def test_retry_config_gaps_use_the_deployments(config: Any, policy: RetryPolicy) -> None:
    assert built(dag("a", a={"retry_config": config})).graph.nodes["a"].retry == policy


def test_retry_in_config_applies_without_retry_config() -> None:
    retry = {"config": {"retry": {"max_attempts": 2}}}
    nodes = built(dag("a", "b", a=retry, b={**retry, "retry_config": {"max_retries": 7}})).graph.nodes

    assert [nodes[id].retry.max_attempts for id in "ab"] == [2, 8]


def test_jitter_shortens_a_wait_to_no_less_than_half() -> None:
    policy = RetryPolicy(max_attempts=9, initial_interval=1.0, max_interval=6.0, multiplier=2.0, jitter=True)

    assert [policy.wait_after(attempt) for attempt in (1, 2, 3, 4, 9)] == [1.0, 2.0, 4.0, 6.0, None]
    assert [policy.wait_after(3, chance) for chance in (0.0, 0.5, 1.0)] == [4.0, 3.0, 2.0]
    assert RetryPolicy(9, 1.0).wait_after(1, 0.9) == 1.0


def test_name_input_means_the_parameters_in_every_node() -> None:
    assert built(dag("input", "a: input")).graph.input_is is Source.PAYLOAD


def test_unknown_keys_are_warned() -> None:
    warnings = built(dag("a", a={"dependecies": [], "name": "First"})).warnings

    assert [(each.code, each.node_id, each.pointer) for each in warnings] == [
        ("UNKNOWN_KEY", "a", "/dag/nodes/0/dependecies")
    ]


def test_other_nodes_or_other_retries_are_another_version() -> None:
    first, same = (dag_document(dag("a", "b: a"), retry_config={"max_retries": 3}) for _ in range(2))
    others = [
        dag_document(dag("a", "b"), retry_config={"max_retries": 3}),
        dag_document(dag("a", "b: a"), retry_config={"max_retries": 4}),
    ]

    assert essence_of("dag", first) == essence_of("dag", same)
    assert essence_of("dag", first) not in [essence_of("dag", other) for other in others]


def test_dag_is_shown_as_it_was_sent_and_as_a_graph() -> None:
    sent = dag("a", "b: a", b={"config": {"x": 1.0}, "retry_config": {"max_retries": 1}})

    shown = show_document("dag", dag_document(sent, retry_config={}))

    assert shown["dag"] == sent
    assert [(node["id"], node["type"], node["data"]) for node in shown["graph"]["nodes"]] == [
        ("a", "step", {}),
        ("b", "step", {"x": 1.0}),
    ]
    assert [(edge["source"], edge["target"]) for edge in shown["graph"]["edges"]] == [("a", "b")]
