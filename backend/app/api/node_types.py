"""``/node-types``: what nodes there are, as an editor needs to know them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.api.answers import answer
from app.api.dependencies import PartsDep
from app.api.shapes import NodeType

router = APIRouter(prefix="/node-types", tags=["node types"])


@router.get("", response_model=list[NodeType])
def list_node_types(parts: PartsDep) -> Response:
    """Every node type: title, handles, and the JSON Schema of its data."""
    return answer(parts.registry.describe())
