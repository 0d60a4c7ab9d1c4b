"""The graph dialect: nodes and edges as React Flow saves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.graph.building import advice
from app.graph.building.build import Built, build
from app.graph.building.cases import nexts
from app.graph.building.handles import warn_unknown_handles
from app.graph.building.reserved import read_node
from app.graph.dialects.graph.advice import warn_edges_of_drawings, warn_misplaced_keys
from app.graph.dialects.graph.problems import graph_problems
from app.graph.dialects.refusal import refuse_problems
from app.graph.model import ERROR, Edge, Node, Traits
from app.graph.names import as_handle

#: Keys of nodes, edges and graphs that only concern the drawing.
PRESENTATIONAL = frozenset(
    {"position", "positionAbsolute", "selected", "dragging", "resizing", "measured", "width", "height", "style"}
    | {"className", "zIndex", "viewport", "animated", "hidden", "draggable", "selectable", "deletable", "focusable"}
    | {"ariaLabel", "sourcePosition", "targetPosition", "connectable", "dragHandle", "extent", "expandParent", "origin"}
    | {"markerStart", "markerEnd", "labelStyle", "labelShowBg", "labelBgStyle", "labelBgPadding", "labelBgBorderRadius"}
    | {"interactionWidth", "pathOptions", "reconnectable"}
)
#: Node types that decorate a canvas and never run.
DRAWINGS = frozenset({"group", "note", "sticky", "stickyNote", "annotation"})


def compile_nodes(document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000) -> Built:
    """
    The graph of ``{"nodes": […], "edges": […]}``; ``pointer`` leads to the document in the body.

    Raises InvalidDefinition with every problem: missing and duplicate ids, edges without ends, cycles.
    """
    refuse_problems(graph_problems(document, pointer, max_nodes))
    drawn, drawn_edges = document.get("nodes") or [], document.get("edges") or []
    pointers = {str(node["id"]): f"{pointer}/nodes/{index}" for index, node in enumerate(drawn)}
    nodes = [node for node in (_read_graph_node(thing, types) for thing in drawn) if not node.traits.drawing]
    edges = _read_edges(drawn_edges, nodes)
    built = build(_connected(nodes, drawn_edges), edges, pointers=pointers)
    warnings = [
        *warn_misplaced_keys(document, pointer),
        *advice.warn_nodes(nodes, pointers),
        *warn_edges_of_drawings(document, DRAWINGS, pointer),
        *warn_unknown_handles(nodes, edges, f"{pointer}/edges"),
        *built.warnings,
    ]
    places = {id: f"{place}/data" for id, place in pointers.items()}
    return Built(built.graph, warnings, tuple(nodes), places)


def without_presentation(document: Any) -> Any:
    """The parts of the document that decide what runs: documents that are equal here are one version."""
    return {
        **_plain(document),
        "nodes": [_plain(node) for node in document.get("nodes") or []],
        "edges": [_plain(edge) for edge in document.get("edges") or []],
    }


def _plain(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in thing.items() if key not in PRESENTATIONAL}


def _read_graph_node(drawn: Mapping[str, Any], types: Mapping[str, Traits]) -> Node:
    type = drawn.get("type") or "default"
    traits = Traits(drawing=True) if type in DRAWINGS else types.get(type, Traits())
    return read_node(str(drawn["id"]), type, drawn.get("data") or {}, traits)


def _read_edges(drawn: Iterable[Mapping[str, Any]], nodes: list[Node]) -> list[Edge]:
    """The edges of the document between nodes that run, then the implied ones."""
    ids = {node.id for node in nodes}
    between = ((index, str(edge["source"]), str(edge["target"]), edge) for index, edge in enumerate(drawn))
    edges = [
        Edge(index, source, target, as_handle(edge.get("sourceHandle")))
        for index, source, target, edge in between
        if source in ids and target in ids
    ]
    return [*edges, *implied_edges(edges, nodes)]


def implied_edges(drawn: list[Edge], nodes: list[Node]) -> Iterator[Edge]:
    """An edge for each ``next`` of a case to which the document has no edge; one for failures does not count."""
    ids = {node.id for node in nodes}
    there = {(edge.source, edge.target) for edge in drawn if edge.handle != ERROR}
    index = drawn[-1].index if drawn else -1
    for node in nodes:
        for target in nexts(node):
            if target in ids and (node.id, target) not in there:
                index += 1
                yield Edge(index, node.id, target, implied=True)


def _connected(nodes: list[Node], drawn: Iterable[Mapping[str, Any]]) -> list[Node]:
    """The nodes without those that no edge touches, in a graph that names its start: they are left on the canvas."""
    starts = {node.id for node in nodes if node.type == "start" or node.id == "start"}
    if not starts:
        return nodes
    touched = {str(edge[end]) for edge in drawn for end in ("source", "target")}
    touched |= {target for node in nodes for target in (node.compensate, *nexts(node)) if target}
    return [node for node in nodes if node.id in touched or node.id in starts]
