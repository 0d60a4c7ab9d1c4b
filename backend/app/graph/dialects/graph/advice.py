"""Warnings about parts of a drawing that have no effect."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app.errors import Problem
from app.graph.building.reserved import RESERVED
from app.graph.names import as_id
from app.graph.unknown_keys import warn_misspelled_keys
from app.logic.pointer import child

#: Keys that have an effect in a graph, a node and an edge.
_GRAPH_KEYS = ("nodes", "edges")
_NODE_KEYS = ("id", "type", "data")
_EDGE_KEYS = ("source", "target", "sourceHandle")
#: Keys that have an effect in the data of a node, and are easily written beside it.
_DATA_KEYS = frozenset({*RESERVED, "config", "params", "cases", "condition"})
#: Keys of editors that are not misspellings of ours.
_OTHERS = ("targetHandle", "id", "type", "data", "label", "name", "title", "resource")


def warn_misplaced_keys(document: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    """Misspelled keys of the graph, its nodes and its edges, and keys beside the ``data`` in which they belong."""
    yield from warn_misspelled_keys(document, _GRAPH_KEYS, "The graph", pointer)
    if isinstance(document.get("data"), Mapping) and "nodes" in document["data"]:
        message = "The graph has nodes in its key data, where they have no effect; move nodes and edges one level up."
        yield Problem("MISPLACED_KEY", message, pointer=f"{pointer}/data")
    for index, node in enumerate(document.get("nodes") or []):
        place, id = f"{pointer}/nodes/{index}", str(node["id"])
        yield from warn_misspelled_keys(node, _NODE_KEYS, f"Node {id}", place, id)
        for key in node:
            if key in _DATA_KEYS and node[key] is not None:
                message = f"Node {id} has the key {key} beside its data, where it has no effect; move it into data."
                yield Problem("MISPLACED_KEY", message, node_id=id, pointer=child(place, key))
    for index, edge in enumerate(document.get("edges") or []):
        what = f"The edge from {edge['source']} to {edge['target']}"
        known = {key: value for key, value in edge.items() if key not in _OTHERS}
        yield from warn_misspelled_keys(known, _EDGE_KEYS, what, f"{pointer}/edges/{index}", str(edge["source"]))


def warn_edges_of_drawings(document: Mapping[str, Any], drawings: Collection[str], pointer: str) -> Iterator[Problem]:
    """Edges into or out of groups and notes, which never run, so that nothing is reached along these edges."""
    types = {as_id(node.get("id")): node.get("type") for node in document.get("nodes") or []}
    for index, edge in enumerate(document.get("edges") or []):
        source, target = as_id(edge["source"]), as_id(edge["target"])
        for end in (source, target):
            if types.get(end) in drawings:
                message = (
                    f"The edge from {source} to {target} is not followed: {end} is a {types[end]}, which never runs."
                )
                yield Problem(
                    "EDGE_OF_DRAWING", message, edge_id=as_id(edge.get("id")), pointer=f"{pointer}/edges/{index}"
                )
                break
