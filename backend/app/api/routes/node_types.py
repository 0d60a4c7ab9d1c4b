"""``/node-types``: the node types of this deployment, as an editor needs them."""

from __future__ import annotations

from fastapi import Response

from app.access.scopes import requires
from app.api.dependencies import ContextDep
from app.api.http.responses import respond
from app.api.router import make_router
from app.api.schemas.system import NodeType, ReservedKeys
from app.graph.building.reserved_schema import RESERVED_SCHEMA

router = make_router("/node-types", tag="node types")


@router.get("", dependencies=[requires()], response_model=list[NodeType])
def list_node_types(context: ContextDep) -> Response:
    """Every node type: title, handles, and the JSON Schema of its data."""
    return respond(context.registry.describe())


@router.get("/reserved", dependencies=[requires()], response_model=ReservedKeys)
def get_reserved_keys() -> Response:
    """The JSON Schema of the keys that every node has in its data: `retry`, `timeout`, `join` and others."""
    return respond(RESERVED_SCHEMA)
