"""Problems for which nodes and edges are refused before they are compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.errors import Problem
from app.graph.names import as_handle, as_id, is_storable, quote


def graph_problems(document: Any, pointer: str, max_nodes: int) -> Iterator[Problem]:
    """Every reason to refuse the document; if its shape is wrong, only that."""
    shapes = list(_graph_shape_problems(document, pointer, max_nodes))
    if shapes:
        yield from shapes
        return
    nodes = document.get("nodes") or []
    yield from _graph_node_problems(nodes, f"{pointer}/nodes")
    yield from _edge_problems(document.get("edges") or [], {as_id(node.get("id")) for node in nodes} - {None}, pointer)


def _graph_shape_problems(document: Any, pointer: str, max_nodes: int) -> Iterator[Problem]:
    if not isinstance(document, Mapping):
        yield Problem("INVALID_GRAPH", "A graph must be an object with nodes and edges.", pointer=pointer)
        return
    yield from _list_problems(document.get("nodes"), "nodes", pointer, max_nodes)
    yield from _list_problems(document.get("edges"), "edges", pointer, 10 * max_nodes)


def _list_problems(things: Any, key: str, pointer: str, limit: int) -> Iterator[Problem]:
    place = f"{pointer}/{key}"
    if things is None:
        return
    if not isinstance(things, list):
        yield Problem("INVALID_GRAPH", f"The graph's {key} are {quote(things)}; they must be a list.", pointer=place)
    elif len(things) > limit:
        message = f"The graph has {len(things)} {key}; {limit} are allowed."
        yield Problem(f"TOO_MANY_{key.upper()}", message, pointer=place)
    else:
        for index, thing in enumerate(things):
            if not isinstance(thing, Mapping):
                message = f"Item {index} of the graph's {key} is {quote(thing)}; it must be an object."
                yield Problem("INVALID_GRAPH", message, pointer=f"{place}/{index}")


def _graph_node_problems(nodes: Sequence[Mapping[str, Any]], pointer: str) -> Iterator[Problem]:
    times = Counter(as_id(node.get("id")) for node in nodes)
    for index, node in enumerate(nodes):
        place = f"{pointer}/{index}"
        yield from _id_problems(node, index, place, times)
        yield from _data_problems(node, place)
        yield from _type_problems(node, place)


def _id_problems(node: Mapping[str, Any], index: int, place: str, times: Counter[str | None]) -> Iterator[Problem]:
    id = as_id(node.get("id"))
    if id is None:
        yield Problem(
            "NODE_WITHOUT_ID", f"Node {index + 1} has no id; give it a text or a whole number.", pointer=f"{place}/id"
        )
    elif not is_storable(id):
        message = f"Node {index + 1}: id is {quote(id)}; it must be a text of 1 to 500 characters, without NUL."
        yield Problem("INVALID_NODE_ID", message, pointer=f"{place}/id")
    elif times[id] > 1:
        yield Problem(
            "DUPLICATE_NODE_ID",
            f"Several nodes have the id {id}; each needs its own.",
            node_id=id,
            pointer=f"{place}/id",
        )


def _data_problems(node: Mapping[str, Any], place: str) -> Iterator[Problem]:
    if node.get("data") is not None and not isinstance(node["data"], Mapping):
        id = as_id(node.get("id"))
        yield Problem("INVALID_GRAPH", f"The data of node {id} must be an object.", node_id=id, pointer=f"{place}/data")


def _type_problems(node: Mapping[str, Any], place: str) -> Iterator[Problem]:
    type = node.get("type")
    if type is not None and not (isinstance(type, str) and is_storable(type)):
        id = as_id(node.get("id"))
        message = f"The type of node {id} must be a text of at most 500 characters."
        yield Problem("INVALID_GRAPH", message, node_id=id, pointer=f"{place}/type")


def _edge_problems(edges: Sequence[Mapping[str, Any]], ids: set[str | None], pointer: str) -> Iterator[Problem]:
    for index, edge in enumerate(edges):
        id = as_id(edge.get("id"))
        name = f"Edge {id[:100]}" if id else f"Edge number {index + 1}"
        place = f"{pointer}/edges/{index}"
        for end in ("source", "target"):
            if as_id(edge.get(end)) not in ids:
                code, message = f"EDGE_WITHOUT_{end.upper()}", f"{name} {_describe_end(edge.get(end), end)}."
                yield Problem(code, message, edge_id=id, pointer=f"{place}/{end}")
        if not _is_handle(edge.get("sourceHandle")):
            message = f"The handle that {name} leaves from must be a text of at most 500 characters."
            yield Problem("INVALID_HANDLE", message, edge_id=id, pointer=f"{place}/sourceHandle")


def _describe_end(node: Any, end: str) -> str:
    if node is None:
        return f"has no {end}"
    verb = "starts" if end == "source" else "ends"
    return f"{verb} at node {(as_id(node) or quote(node))[:100]}, which does not exist"


def _is_handle(value: Any) -> bool:
    handle = as_handle(value)
    return value is None or value == "" or (handle is not None and is_storable(handle))
