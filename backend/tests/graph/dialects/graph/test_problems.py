"""Errors and warnings of the graph dialect."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import InvalidDefinition, Problem
from app.graph.compile import compile_document
from tests.graph.drawing import TYPES, built, document, walk


def problems(drawn: Any, **more: Any) -> list[Problem]:
    with pytest.raises(InvalidDefinition) as caught:
        compile_document("graph", drawn, TYPES, **more)
    assert all(problem.message.endswith(".") for problem in caught.value.problems)
    return caught.value.problems


def codes(drawn: Any, **more: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in problems(drawn, **more)]


def of(*ids: Any, edges: Any = ()) -> dict[str, Any]:
    return {"nodes": [{"id": id} for id in ids], "edges": list(edges)}


# --- refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", [None, [], "graph", 7, True])
def test_graph_is_an_object(drawn: Any) -> None:
    assert codes(drawn, pointer="/graph") == [("INVALID_GRAPH", "/graph")]


@pytest.mark.parametrize("wrong", [7, "abc", {"a": 1}, True, 0, "", {}])
def test_nodes_and_edges_are_lists(wrong: Any) -> None:
    assert codes({"nodes": wrong, "edges": wrong}) == [("INVALID_GRAPH", "/nodes"), ("INVALID_GRAPH", "/edges")]


@pytest.mark.parametrize("wrong", [7, "abc", None, [], True])
def test_each_node_and_edge_is_an_object(wrong: Any) -> None:
    drawn = {"nodes": [{"id": "a"}, wrong], "edges": [wrong]}

    assert codes(drawn, pointer="/graph") == [("INVALID_GRAPH", "/graph/nodes/1"), ("INVALID_GRAPH", "/graph/edges/0")]


@pytest.mark.parametrize("id", [None, "", True, 1.5, ["a"], {}])
def test_each_node_has_an_id(id: Any) -> None:
    assert codes(of("a", id)) == [("NODE_WITHOUT_ID", "/nodes/1/id")]


def test_node_without_the_key_id_has_none() -> None:
    assert codes({"nodes": [{}], "edges": []}) == [("NODE_WITHOUT_ID", "/nodes/0/id")]


@pytest.mark.parametrize("id", ["x" * 501, "a\x00b", "\ud800"])
def test_id_can_be_stored(id: str) -> None:
    assert codes(of("a", id)) == [("INVALID_NODE_ID", "/nodes/1/id")]


@pytest.mark.parametrize("twins", [("a", "a"), (3, "3"), (3, 3)])
def test_duplicate_ids_are_refused(twins: tuple[Any, Any]) -> None:
    found = problems(of("x", *twins))

    assert [(p.code, p.node_id, p.pointer) for p in found] == [
        ("DUPLICATE_NODE_ID", str(twins[0]), "/nodes/1/id"),
        ("DUPLICATE_NODE_ID", str(twins[0]), "/nodes/2/id"),
    ]


@pytest.mark.parametrize("end", ["source", "target"])
@pytest.mark.parametrize("node", ["nobody", "", None, 7, 1.5, True, ["a"], {"id": "a"}])
def test_edge_ends_at_nodes_that_exist(end: str, node: Any) -> None:
    edge = {"id": "e1", "source": "a", "target": "a", end: node}

    found = problems(of("a", edges=[edge]))[0]

    assert (found.code, found.edge_id, found.pointer) == (f"EDGE_WITHOUT_{end.upper()}", "e1", f"/edges/0/{end}")


def test_edge_without_an_id_is_named_by_its_number() -> None:
    assert [p.message for p in problems(of("a", edges=[{"source": "a", "target": "z"}, {}]))] == [
        "Edge number 1 ends at node z, which does not exist.",
        "Edge number 2 has no source.",
        "Edge number 2 has no target.",
    ]


@pytest.mark.parametrize("handle", [["x"], {}, "a\x00b", "\udfff", "x" * 501])
def test_handle_is_storable_text(handle: Any) -> None:
    edge = {"source": "a", "target": "b", "sourceHandle": handle}

    assert codes(of("a", "b", edges=[edge])) == [("INVALID_HANDLE", "/edges/0/sourceHandle")]


@pytest.mark.parametrize("data", [7, "x", [1], True])
def test_data_is_an_object(data: Any) -> None:
    found = problems({"nodes": [{"id": "a", "data": data}]})

    assert [(p.code, p.node_id, p.pointer) for p in found] == [("INVALID_GRAPH", "a", "/nodes/0/data")]


@pytest.mark.parametrize("type", [7, ["x"], {}, True, "a\x00", "x" * 501])
def test_type_is_a_text(type: Any) -> None:
    assert codes({"nodes": [{"id": "a", "type": type}]}) == [("INVALID_GRAPH", "/nodes/0/type")]


def test_all_problems_are_listed_at_once() -> None:
    drawn = {"nodes": [{"id": "a", "data": 7}, {}, {"id": "a"}], "edges": [{"source": "a"}]}

    assert [code for code, _ in codes(drawn)] == [
        "DUPLICATE_NODE_ID",
        "INVALID_GRAPH",
        "NODE_WITHOUT_ID",
        "DUPLICATE_NODE_ID",
        "EDGE_WITHOUT_TARGET",
    ]


def test_limits_are_enforced() -> None:
    many = of(*range(11), edges=[{"source": 1, "target": 2}] * 101)

    assert codes(many, max_nodes=10) == [("TOO_MANY_NODES", "/nodes"), ("TOO_MANY_EDGES", "/edges")]


def test_cycle_names_its_first_node() -> None:
    found = problems(document("a>b", "b>c", "c>b"))

    assert [(p.code, p.node_id) for p in found] == [("CYCLE_DETECTED", "b")]


# --- accepted ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["a.b", "a b", "dépôt", "节点", "🚀", "a/b~c", "null", " ", "x" * 500, 0, -1, 10**30])
def test_ids_are_any_storable_text(id: Any) -> None:
    graph = built(of("first", id, edges=[{"source": "first", "target": id}])).graph

    assert walk(graph).completed == ["first", str(id)]


def test_ids_are_compared_as_text() -> None:
    graph = built(of(1, "2", edges=[{"source": "1", "target": 2}])).graph

    assert walk(graph).completed == ["1", "2"]


def test_unknown_members_are_ignored() -> None:
    node = {"id": "a", "type": None, "data": None, "measured": {"width": 1}, "custom": [None]}
    edge = {"id": None, "source": "a", "target": "b", "sourceHandle": None, "targetHandle": 7, "animated": True}

    found = built({"nodes": [node, {"id": "b", "type": ""}], "edges": [edge], "viewport": {"zoom": 1}, "x": None})

    assert found.warnings == []
    assert {node.type for node in found.graph.nodes.values()} == {"default"}
    assert walk(found.graph).completed == ["a", "b"]


@pytest.mark.parametrize("drawn", [{"nodes": None}, {"edges": []}, {"nodes": [], "edges": None}])
def test_lists_may_be_missing(drawn: Any) -> None:
    assert [p.code for p in built(drawn).warnings] == ["EMPTY_GRAPH"]


def test_several_edges_may_have_the_same_id() -> None:
    edges = [{"id": "e", "source": "a", "target": "b"}, {"id": "e", "source": "a", "target": "c"}]

    assert built(of("a", "b", "c", edges=edges)).warnings == []


# --- warned -----------------------------------------------------------------------------------------------------


def test_warnings_point_into_the_body() -> None:
    drawn = document("a?b", "c>d", types={"a": "start"}, b={"join": 7}, a={"cases": [{"next": "z"}]})
    drawn["nodes"][0]["type"] = "branch"
    drawn["nodes"].insert(0, {"id": "s", "type": "start"})
    drawn["edges"].append({"source": "s", "target": "a"})

    found = compile_document("graph", drawn, TYPES, pointer="/definition").warnings

    assert [(p.code, p.node_id, p.pointer) for p in found] == [
        ("DANGLING_NEXT", "a", "/definition/nodes/1/data/cases/0/next"),
        ("INVALID_DATA", "b", "/definition/nodes/2/data"),
        ("UNKNOWN_HANDLE", "a", "/definition/edges/0/sourceHandle"),
        ("UNREACHABLE_NODE", "c", "/definition/nodes/3"),
        ("UNREACHABLE_NODE", "d", "/definition/nodes/4"),
    ]


#   start ──▶ a ──▶ g        g is a group; b follows it, and never runs
#             g ──▶ b
@pytest.mark.parametrize("type", ["group", "note", "sticky", "stickyNote", "annotation"])
def test_edges_of_drawings_are_warned(type: str) -> None:
    found = built(document("start>a", "a>g", "g>b", types={"start": "start", "g": type}))

    assert [(p.code, p.node_id, p.pointer) for p in found.warnings] == [
        ("EDGE_OF_DRAWING", None, "/edges/1"),
        ("EDGE_OF_DRAWING", None, "/edges/2"),
        ("UNREACHABLE_NODE", "b", "/nodes/3"),
    ]
    assert walk(found.graph).completed == ["start", "a"]


def test_case_that_leads_to_a_drawing_is_warned() -> None:
    found = built(document("a>b", types={"a": "branch", "g": "note"}, a={"cases": [{"label": "x", "next": "g"}]}))

    assert [(p.code, p.pointer) for p in found.warnings] == [("DANGLING_NEXT", "/nodes/0/data/cases/0/next")]


def test_misspelled_and_misplaced_keys_are_warned() -> None:
    drawn = {
        "nodes": [{"id": "a", "retry": {"max_attempts": 3}, "dtaa": {}}, {"id": "b", "timeout": None}],
        "edges": [{"source": "a", "target": "b", "source_handle": "error", "targetHandle": "in"}],
    }

    assert [(p.code, p.pointer) for p in built(drawn).warnings] == [
        ("UNKNOWN_KEY", "/nodes/0/dtaa"),
        ("MISPLACED_KEY", "/nodes/0/retry"),
        ("UNKNOWN_KEY", "/edges/0/source_handle"),
    ]


def test_nodes_below_data_are_warned() -> None:
    found = built({"data": {"nodes": [{"id": "a"}], "edges": []}})

    assert [(p.code, p.pointer) for p in found.warnings] == [("MISPLACED_KEY", "/data"), ("EMPTY_GRAPH", "")]


def test_misspelled_list_of_nodes_is_warned() -> None:
    found = built({"node": [{"id": "a"}]})

    assert [(p.code, p.pointer) for p in found.warnings] == [("UNKNOWN_KEY", "/node"), ("EMPTY_GRAPH", "")]
    assert found.warnings[0].message == 'The graph has the unknown key "node"; did you mean nodes?'
