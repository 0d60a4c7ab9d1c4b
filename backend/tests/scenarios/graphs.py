"""Graphs as strings, for tests that run them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

Node = dict[str, Any]


def node(type: str, /, **data: Any) -> Node:
    """A node without an id, which ``graph`` adds."""
    return {"type": type, "data": data}


def graph(*paths: str, **nodes: Node) -> dict[str, Any]:
    """
    A graph of paths like ``a>b>c`` and ``a:error>b``; a node that is not given is of type ``transform``.

    The node called ``start`` is of type ``start``.
    """
    found: dict[str, Node] = {}
    edges = []
    for path in paths:
        stops = path.split(">")
        for stop in stops:
            id = stop.partition(":")[0]
            found.setdefault(id, {"id": id, **nodes.get(id, _plain(id))})
        for source, target in pairwise(stops):
            id, _, handle = source.partition(":")
            edges.append({"source": id, "target": target.partition(":")[0], "sourceHandle": handle or None})
    for id, given in nodes.items():
        found.setdefault(id, {"id": id, **given})
    return {"nodes": list(found.values()), "edges": edges}


def _plain(id: str) -> Node:
    return node("start") if id == "start" else node("transform", value=id)


def fan(width: int, middle: Node) -> dict[str, Any]:
    """``start`` to ``count`` nodes to one node, ``last``."""
    names = [f"b{number}" for number in range(width)]
    return graph(*[f"start>{name}>last" for name in names], **dict.fromkeys(names, middle))
