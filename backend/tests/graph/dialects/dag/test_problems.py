"""A DAG that is wrong is refused with the node, the place and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import InvalidDefinition
from tests.graph.dags import built, dag, refusals


@pytest.mark.parametrize(
    ("lines", "nodes", "expected"),
    [
        (["a: c", "b: a", "c: b"], {}, [("CYCLE_DETECTED", "a", "/dag/nodes")]),
        (["x", "a: b x", "b: a", "y: b"], {}, [("CYCLE_DETECTED", "a", "/dag/nodes")]),
        (["a", "b: a b"], {}, [("SELF_LOOP", "b", "/dag/nodes/1/dependencies/1")]),
        (["a: z"], {}, [("INVALID_DEPENDENCY", "a", "/dag/nodes/0/dependencies/0")]),
        (["a"], {"a": {"dependencies": [None]}}, [("INVALID_DEPENDENCY", "a", "/dag/nodes/0/dependencies/0")]),
        (["a"], {"a": {"dependencies": "b"}}, [("INVALID_DEPENDENCY", "a", "/dag/nodes/0/dependencies")]),
        (
            ["a", "a"],
            {},
            [("DUPLICATE_NODE_ID", "a", "/dag/nodes/0/id"), ("DUPLICATE_NODE_ID", "a", "/dag/nodes/1/id")],
        ),
        (
            ["a", "b"],
            {"a": {"id": 1}, "b": {"id": "1"}},
            [("DUPLICATE_NODE_ID", "1", "/dag/nodes/0/id"), ("DUPLICATE_NODE_ID", "1", "/dag/nodes/1/id")],
        ),
        (["a"], {"a": {"id": ""}}, [("NODE_WITHOUT_ID", None, "/dag/nodes/0/id")]),
        (["a"], {"a": {"id": "\x00"}}, [("NODE_WITHOUT_ID", None, "/dag/nodes/0/id")]),
        (["a"], {"a": {"handler": None}}, [("INVALID_NODE", "a", "/dag/nodes/0/handler")]),
        (["a"], {"a": {"handler": ["step"]}}, [("INVALID_NODE", "a", "/dag/nodes/0/handler")]),
        (["a"], {"a": {"config": []}}, [("INVALID_NODE", "a", "/dag/nodes/0/config")]),
        (["a"], {"a": {"config": {"timeout": "soon"}}}, [("INVALID_DATA", "a", "/dag/nodes/0/config")]),
        (["a"], {"a": {"config": {"on_lost": "retry"}}}, [("INVALID_DATA", "a", "/dag/nodes/0/config")]),
        (["a"], {"a": {"config": {"retry": 3}}}, [("INVALID_DATA", "a", "/dag/nodes/0/config")]),
    ],
)
def test_problems_are_named(lines: list[str], nodes: dict[str, Any], expected: list[Any]) -> None:
    assert refusals(dag(*lines, **nodes)) == expected


@pytest.mark.parametrize(
    ("retries", "place"),
    [
        (3, ""),
        ({"max_retry": 3}, ""),
        ({"max_retries": -1}, "/max_retries"),
        ({"max_retries": 1.5}, "/max_retries"),
        ({"max_retries": True}, "/max_retries"),
        ({"max_retries": 10**400}, "/max_retries"),
        ({"initial_delay": -1}, "/initial_delay"),
        ({"initial_delay": "soon"}, "/initial_delay"),
        ({"max_delay": 1e300}, "/max_delay"),
        ({"exponential_base": 0.5}, "/exponential_base"),
        ({"exponential_base": "2"}, "/exponential_base"),
        ({"jitter": "yes"}, "/jitter"),
    ],
)
def test_retry_config_that_is_wrong_is_refused(retries: Any, place: str) -> None:
    expected = [("INVALID_RETRY_CONFIG", "a", f"/dag/nodes/0/retry_config{place}")]

    assert refusals(dag("a", a={"retry_config": retries})) == expected


def test_every_message_names_its_node() -> None:
    wrong = dag("first: z first", "second: second", "third", third={"retry_config": {"jitter": 1}, "config": 1})

    with pytest.raises(InvalidDefinition) as refused:
        built(wrong)

    assert len(refused.value.problems) == 5
    assert all(problem.node_id and problem.node_id in problem.message for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (None, "INVALID_DAG"),
        ([], "INVALID_DAG"),
        ({}, "EMPTY_DAG"),
        ({"nodes": []}, "EMPTY_DAG"),
        ({"nodes": {}}, "INVALID_DAG"),
        ({"nodes": [1]}, "INVALID_NODE"),
        ({"nodes": [{"id": str(n), "handler": "step"} for n in range(10_001)]}, "TOO_MANY_NODES"),
    ],
)
def test_dag_of_another_shape_is_refused(written: Any, code: str) -> None:
    assert [found for found, _, _ in refusals(written)] == [code]


def test_chain_of_10000_nodes_compiles() -> None:
    graph = built(dag("n0", *[f"n{number}: n{number - 1}" for number in range(1, 10_000)])).graph

    assert len(graph.edges) == 9_999
