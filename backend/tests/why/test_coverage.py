"""Which parts of a graph executions have taken, and which clauses of a trigger were true."""

from __future__ import annotations

from typing import Any

from app.engine import handlers
from app.engine.registry import discover
from app.graph.compile import compile_document
from app.graph.model import Graph
from app.storage.coverage import NodeCount
from app.why.coverage import cover_graph, cover_trigger


#               ┌─ hot ──▶ call ── error ──▶ note
#   start ─▶ route
#               └─ else ─▶ drip
def routed() -> Graph:
    cases = [{"label": "hot", "condition": {"var": "hot"}, "next": "call"}, {"else": True, "next": "drip"}]
    document: dict[str, Any] = {
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "route", "type": "branch", "data": {"cases": cases}},
            *({"id": id, "type": "end"} for id in ("call", "drip", "note")),
        ],
        "edges": [
            {"source": "start", "target": "route"},
            {"source": "route", "target": "call", "sourceHandle": "hot"},
            {"source": "route", "target": "drip", "sourceHandle": "else"},
            {"source": "call", "target": "note", "sourceHandle": "error"},
        ],
    }
    registry = discover(handlers)
    return compile_document("graph", document, registry.traits).graph


def test_nodes_edges_and_cases_are_counted() -> None:
    counts = [
        NodeCount("start", "COMPLETED", None, 5),
        NodeCount("route", "COMPLETED", "→call", 3),
        NodeCount("call", "COMPLETED", None, 2),
        NodeCount("call", "FAILED", None, 1),
        NodeCount("gone", "COMPLETED", None, 9),
    ]

    found = cover_graph(routed(), counts)

    assert {node["id"]: node["taken"] for node in found.nodes} == {
        "start": 5,
        "route": 3,
        "call": 3,
        "drip": 0,
        "note": 0,
    }
    assert {(edge["source"], edge["target"]): edge["taken"] for edge in found.edges} == {
        ("start", "route"): 5,
        ("route", "call"): 3,
        ("route", "drip"): 0,
        ("call", "note"): 1,
    }
    assert [(case["label"], case["taken"]) for case in found.cases] == [("hot", 3), ("else", 0)]


def test_clauses_of_trigger_are_counted() -> None:
    trigger = {"and": [{">": [{"var": "n"}, 1]}, {"==": [{"var": "$event.type"}, "a"]}]}
    events = [({"n": n}, {"type": "b"}) for n in range(4)]

    found = cover_trigger(trigger, events)

    assert [(clause["words"], clause["true"], clause["false"]) for clause in found] == [
        ("`n` > 1", 2, 2),
        ('`$event.type` == "a"', 0, 4),
    ]
    assert cover_trigger(None, events) == cover_trigger({"nonsense": 1}, events) == []
