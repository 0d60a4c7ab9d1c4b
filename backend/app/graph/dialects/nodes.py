"""The graph dialect: nodes and edges as React Flow saves them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import InvalidDefinition, Problem
from app.graph.build import Built, build, nexts
from app.graph.model import Edge, Node, Traits
from app.graph.reserved import read_node

#: Keys of nodes, edges and graphs that only say how it looks.
PRESENTATIONAL = frozenset(
    {"position", "positionAbsolute", "selected", "dragging", "resizing", "measured", "width", "height", "style"}
    | {"className", "zIndex", "viewport", "animated", "hidden", "draggable", "selectable", "deletable", "focusable"}
    | {"ariaLabel", "sourcePosition", "targetPosition"}
)
#: Node types that decorate a canvas and never run.
DRAWINGS = frozenset({"group", "note", "sticky", "stickyNote", "annotation"})


def compile_nodes(document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000) -> Built:
    """
    The graph of ``{"nodes": […], "edges": […]}``; ``pointer`` is where the document stands in its body.

    Raises InvalidDefinition with every problem: nodes without ids, ids twice, edges without ends, cycles.
    """
    shapes = _check_shapes(document, pointer, max_nodes)
    if shapes:
        raise InvalidDefinition(shapes)
    listed = _listed_nodes(document)
    problems = [*_check_ids(listed, pointer), *_check_edges(document, pointer)]
    if problems:
        raise InvalidDefinition(problems)
    nodes = [_node(drawn, types) for _, drawn in listed]
    pointers = {str(drawn["id"]): f"{pointer}/nodes/{index}" for index, drawn in listed}
    running = [node for node in nodes if not node.traits.drawing]
    edges = list(_edges(document, running))
    built = build(_connected(running, edges), edges, pointers=pointers)
    return Built(built.graph, [*_advice(running, pointers), *built.warnings])


def without_looks(document: Any) -> Any:
    """The document as far as it decides what runs: two that are equal here are one version."""
    return {
        **{key: value for key, value in document.items() if key not in PRESENTATIONAL},
        "nodes": [_plain(node) for node in document.get("nodes") or []],
        "edges": [_plain(edge) for edge in document.get("edges") or []],
    }


def _plain(thing: Any) -> Any:
    return {key: value for key, value in thing.items() if key not in PRESENTATIONAL}


def _check_shapes(document: Any, pointer: str, max_nodes: int) -> list[Problem]:
    if not isinstance(document, dict):
        return [Problem("INVALID_GRAPH", "A graph must be an object with nodes and edges.", pointer=pointer)]
    problems = []
    for key in ("nodes", "edges"):
        things = document.get(key)
        if things is not None and not isinstance(things, list):
            problems.append(Problem("INVALID_GRAPH", f"The graph's {key} must be a list.", pointer=f"{pointer}/{key}"))
            continue
        for index, thing in enumerate(things or []):
            if not isinstance(thing, dict):
                message = f"Item {index} of the graph's {key} must be an object."
                problems.append(Problem("INVALID_GRAPH", message, pointer=f"{pointer}/{key}/{index}"))
    if len(document.get("nodes") or []) > max_nodes:
        message = f"The graph has {len(document['nodes'])} nodes; {max_nodes} are allowed."
        problems.append(Problem("TOO_MANY_NODES", message, pointer=f"{pointer}/nodes"))
    if isinstance(document.get("edges"), list) and len(document["edges"]) > 10 * max_nodes:
        message = f"The graph has {len(document['edges'])} edges; {10 * max_nodes} are allowed."
        problems.append(Problem("TOO_MANY_EDGES", message, pointer=f"{pointer}/edges"))
    return problems


def _listed_nodes(document: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(document.get("nodes") or []))


def _check_ids(listed: list[tuple[int, dict[str, Any]]], pointer: str) -> Iterator[Problem]:
    seen = Counter(str(node.get("id")) for _, node in listed if _is_id(node.get("id")))
    for index, node in listed:
        place = f"{pointer}/nodes/{index}/id"
        id = node.get("id")
        if not _is_id(id):
            yield Problem("NODE_WITHOUT_ID", f"Node number {index + 1} has no id.", pointer=place)
        elif not _is_storable(str(id)):
            message = f"The id of node number {index + 1} is too long or holds characters that cannot be stored."
            yield Problem("INVALID_NODE_ID", message, pointer=place)
        elif seen[str(id)] > 1:
            yield Problem("DUPLICATE_NODE_ID", f"Several nodes have the id {id}.", node_id=str(id), pointer=place)
        yield from _check_parts(node, index, pointer)


def _check_parts(node: dict[str, Any], index: int, pointer: str) -> Iterator[Problem]:
    id = str(node.get("id"))
    if node.get("data") is not None and not isinstance(node["data"], dict):
        message = f"The data of node {id} must be an object."
        yield Problem("INVALID_GRAPH", message, node_id=id, pointer=f"{pointer}/nodes/{index}/data")
    type = node.get("type")
    if type is not None and not (isinstance(type, str) and _is_storable(type)):
        message = f"The type of node {id} must be a text of at most 500 characters."
        yield Problem("INVALID_GRAPH", message, node_id=id, pointer=f"{pointer}/nodes/{index}/type")


def _is_id(id: Any) -> bool:
    return (isinstance(id, str) and id != "") or (isinstance(id, int) and not isinstance(id, bool))


def _is_storable(text: str) -> bool:
    """Postgres keeps no NUL and no half of a surrogate pair, and an index no very long text."""
    return len(text) <= 500 and "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _check_edges(document: dict[str, Any], pointer: str) -> Iterator[Problem]:
    ids = {str(node.get("id")) for node in document.get("nodes") or []}
    for index, edge in enumerate(document.get("edges") or []):
        for end in ("source", "target"):
            node = edge.get(end)
            if _is_id(node) and str(node) in ids:
                continue
            name = edge.get("id") if isinstance(edge.get("id"), str) else None
            what = f"ends at node {str(node)[:100]}, which does not exist" if node is not None else f"has no {end}"
            message = f"Edge {name or f'number {index + 1}'} {what}."
            code = f"EDGE_WITHOUT_{end.upper()}"
            yield Problem(code, message, edge_id=name, pointer=f"{pointer}/edges/{index}/{end}")


def _node(drawn: dict[str, Any], types: Mapping[str, Traits]) -> Node:
    type = drawn.get("type") or "default"
    traits = Traits(drawing=True) if type in DRAWINGS else types.get(type, Traits())
    return read_node(str(drawn["id"]), type, drawn.get("data") or {}, traits)


def _edges(document: dict[str, Any], nodes: list[Node]) -> Iterator[Edge]:
    """The drawn edges between nodes that run, then one for each ``next`` that no edge was drawn for."""
    ids = {node.id for node in nodes}
    drawn = set()
    index = -1
    for index, edge in enumerate(document.get("edges") or []):
        source, target = str(edge["source"]), str(edge["target"])
        if source in ids and target in ids:
            drawn.add((source, target))
            yield Edge(index, source, target, _handle(edge.get("sourceHandle")))
    for node in nodes:
        for target in dict.fromkeys(nexts(node)):
            if target in ids and (node.id, target) not in drawn:
                index += 1
                yield Edge(index, node.id, target, implied=True)


def _handle(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _connected(nodes: list[Node], edges: list[Edge]) -> list[Node]:
    """Without the lone nodes, in a graph that says where it starts."""
    if not any(node.type == "start" or node.id == "start" for node in nodes):
        return nodes
    touched = {edge.source for edge in edges} | {edge.target for edge in edges}
    touched |= {node.compensate for node in nodes if node.compensate}
    return [node for node in nodes if node.id in touched or node.type == "start" or node.id == "start"]


def _advice(nodes: list[Node], pointers: dict[str, str]) -> Iterator[Problem]:
    ids = {node.id for node in nodes}
    for node in nodes:
        place = f"{pointers[node.id]}/data"
        if node.fault:
            yield Problem("INVALID_DATA", f"Node {node.id}: {node.fault}", node_id=node.id, pointer=place)
        if node.compensate and node.compensate not in ids:
            message = f"Node {node.id} is compensated by {node.compensate}, which does not exist."
            yield Problem("DANGLING_COMPENSATE", message, node_id=node.id, pointer=f"{place}/compensate")
        for target in dict.fromkeys(nexts(node)):
            if target not in ids:
                message = (
                    f"A case of node {node.id} leads to {target[:100]}, which does not exist: its path ends there."
                )
                yield Problem("DANGLING_NEXT", message, node_id=node.id, pointer=f"{place}/cases")
    if not nodes:
        yield Problem("EMPTY_GRAPH", "The graph has no node that runs.", pointer="")
