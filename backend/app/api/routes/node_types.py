"""``/node-types``: what nodes there are, as an editor needs to know them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.api.dependencies import ContextDep
from app.api.http.responses import respond
from app.api.schemas.system import NodeType

router = APIRouter(prefix="/node-types", tags=["node types"])


@router.get("", response_model=list[NodeType])
def list_node_types(parts: ContextDep) -> Response:
    """Every node type: title, handles, and the JSON Schema of its data."""
    return respond(parts.registry.describe())
