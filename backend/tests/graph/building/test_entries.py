"""Entries of a graph, and nodes that never run."""

from __future__ import annotations

import pytest

from tests.graph.drawing import built, document, graph, walk


#   first (start) ──▶ b ──▶ c        lone (start)
def test_all_nodes_of_type_start_are_entries() -> None:
    drawn = graph("first>b", "b>c", types={"first": "start", "lone": "start"})

    assert drawn.entries == ("first", "lone")
    assert walk(drawn).completed == ["first", "lone", "b", "c"]


#   start (a step called so) ──▶ b        c ──▶ d
def test_node_named_start_is_the_entry() -> None:
    drawn = graph("start>b", "c>d")

    assert drawn.entries == ("start",)
    assert walk(drawn).completed == ["start", "b"]


#   begin (start) ──▶ b        start (a step) ──▶ c
def test_type_start_wins_over_a_node_named_start() -> None:
    assert graph("begin>b", "start>c", types={"begin": "start"}).entries == ("begin",)


#   a ──▶ c ◀── b        d
def test_nodes_without_incoming_edges_are_entries() -> None:
    drawn = graph("a>c", "b>c", "d")

    assert drawn.entries == ("a", "b", "d")
    assert walk(drawn).completed == ["a", "b", "d", "c"]


#               ┌─▶ b
#   a (start) ──┤
#               └─x▶ c
def test_entry_follows_all_its_edges() -> None:
    drawn = graph("a>b", "a:x>c", types={"a": "start"})

    assert walk(drawn).completed == ["a", "b", "c"]


#   a (start) ──▶ b        lone        unlinked ──▶ island
def test_lone_node_beside_a_start_does_not_run() -> None:
    found = built(document("a>b", "lone", "unlinked>island", types={"a": "start"}))

    assert set(found.graph.nodes) == {"a", "b"}
    assert [(p.code, p.node_id) for p in found.warnings] == [
        ("UNREACHABLE_NODE", "unlinked"),
        ("UNREACHABLE_NODE", "island"),
    ]


def test_graph_of_one_start_node_is_valid() -> None:
    run = walk(graph("a", types={"a": "start"}))

    assert (run.status, run.completed) == ("COMPLETED", ["a"])


#   ┌───────┐
#   │ group │   a ──▶ b     note ╌╌▶ b
#   └───────┘
@pytest.mark.parametrize("type", ["group", "note", "sticky", "stickyNote", "annotation"])
def test_drawings_do_not_run_and_edges_to_them_lead_nowhere(type: str) -> None:
    drawn = graph("a>b", "memo>b", "a>memo", types={"memo": type})

    assert drawn.entries == ("a",)
    assert len(drawn.edges) == 1
    assert walk(drawn).completed == ["a", "b"]


def test_children_of_a_group_run() -> None:
    drawn = document("a>b", types={"box": "group"})
    drawn["nodes"][0]["parentId"] = "box"

    assert walk(built(drawn).graph).completed == ["a", "b"]


#   a (start) ──▶ b ──▶ late (start)
def test_edge_into_an_entry_is_not_followed() -> None:
    found = built(document("a>b", "b>late", types={"a": "start", "late": "start"}))
    run = walk(found.graph)

    assert run.completed == ["a", "late", "b"]
    assert [(p.code, p.node_id) for p in found.warnings] == [("EDGE_INTO_ENTRY", "late")]


#   ┌────────no────────┐
#   ▼                  │
#   a (start) ──▶ b ───┴─yes─▶ c
def test_edge_back_to_an_entry_is_a_loop() -> None:
    drawn = graph("a>b", "b?a", "b?c", types={"a": "start"})

    assert walk(drawn, choices={"b": ["a", "c"]}).started == ["a#1", "b#1", "a#2", "b#2", "c"]


#   a ◀──▶ b, by choices: no node without an edge into it
def test_graph_without_entry_is_warned() -> None:
    found = built(document("a?b", "b?a"))

    assert [p.code for p in found.warnings] == ["NO_ENTRY", "UNREACHABLE_NODE", "UNREACHABLE_NODE"]
    assert walk(found.graph).status == "COMPLETED"


def test_empty_graph_is_saved_with_a_warning() -> None:
    assert [p.code for p in built({}).warnings] == ["EMPTY_GRAPH"]
    assert [p.code for p in built({"nodes": [{"id": "n", "type": "note"}], "edges": None}).warnings] == ["EMPTY_GRAPH"]


#   a ──▶ b        undo
def test_unreachable_compensation_is_kept_and_does_not_run() -> None:
    drawn = graph("a>b", "undo", a={"compensate": "undo"})

    assert drawn.entries == ("a",)
    assert set(drawn.nodes) == {"a", "b", "undo"}
    assert drawn.compensates
    assert walk(drawn).completed == ["a", "b"]


#   a (start) ──▶ b        undo ──▶ further
def test_edges_after_a_compensation_are_not_followed() -> None:
    found = built(document("a>b", "undo>further", types={"a": "start"}, a={"compensate": "undo"}))

    assert set(found.graph.nodes) == {"a", "b", "undo"}
    assert found.graph.edges == graph("a>b", types={"a": "start"}).edges
    assert [p.node_id for p in found.warnings] == ["further"]


def test_only_what_can_run_is_compensated() -> None:
    found = built(document("a>b", "island>shore", "undo", types={"a": "start"}, island={"compensate": "undo"}))

    assert set(found.graph.nodes) == {"a", "b"}
    assert not found.graph.compensates


def test_compensation_that_does_not_exist_is_a_warning() -> None:
    found = built(document("a>b", a={"compensate": "nobody"}))

    assert [(p.code, p.pointer) for p in found.warnings] == [("DANGLING_COMPENSATE", "/nodes/0/data/compensate")]
    assert not found.graph.compensates


def test_compensation_may_be_named_by_a_number() -> None:
    drawn = graph("a>b", "7", a={"compensate": 7})

    assert drawn.nodes["a"].compensate == "7"
    assert drawn.entries == ("a",)


def test_node_compensating_itself_still_starts() -> None:
    assert graph("a>b", a={"compensate": "a"}).entries == ("a",)


def test_unreachable_nodes_point_to_their_place() -> None:
    found = built(document("a>b", "c>d", types={"a": "start"}))

    assert [(p.node_id, p.pointer) for p in found.warnings] == [("c", "/nodes/2"), ("d", "/nodes/3")]
