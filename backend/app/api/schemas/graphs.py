"""Responses that show a compiled graph, whatever its dialect."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import documented
from app.api.schemas.errors import ProblemRead

_GRAPH: dict[str, Any] = {
    "nodes": [
        {
            "id": "route",
            "type": "branch",
            "title": "Route the lead",
            "data": {"cases": [{"label": "hot", "condition": {">": [{"var": "lead.score"}, 75]}}]},
            "handles": ["hot", "error"],
            "position": {"x": 0, "y": 0},
            "pointer": "/graph/nodes/0/data",
            "runs": True,
        }
    ],
    "edges": [{"source": "route", "target": "notify", "handle": "hot", "implied": False}],
    "entries": ["route"],
}


class Position(BaseModel):
    x: float
    y: float


class GraphNode(BaseModel):
    id: str
    type: str
    #: ``label``, ``title`` or ``name`` of its data; its id where there is none.
    title: str
    data: dict[str, Any]
    #: The handles of this node: those of its type, one for each case, and ``error``.
    handles: list[str]
    #: Where the document draws it; null: nowhere.
    position: Position | None
    #: A JSON Pointer to its data in the body that was compiled; null where the document has no such place.
    pointer: str | None
    runs: bool = Field(description="False: no path leads to it, so that it never runs.")


class GraphEdge(BaseModel):
    source: str
    target: str
    handle: str | None
    implied: bool = Field(description="True: the document has no such edge, only a case with this `next`.")


class GraphRead(BaseModel):
    model_config = documented(_GRAPH)

    nodes: list[GraphNode]
    edges: list[GraphEdge]
    #: The nodes at which an execution begins.
    entries: list[str]


class CompiledRead(BaseModel):
    model_config = documented({"graph": _GRAPH, "errors": [], "warnings": []})

    graph: GraphRead | None = Field(description="Null where the document cannot be compiled.")
    errors: list[ProblemRead]
    warnings: list[ProblemRead]
