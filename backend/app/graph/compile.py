"""The one address of the dialects: a document of any kind in, a graph out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.graph.build import Built
from app.graph.dialects.nodes import compile_nodes
from app.graph.model import Traits

#: Compilers by the kind of a workflow.
DIALECTS = {"graph": compile_nodes}


def compile_document(
    kind: str, document: Any, types: Mapping[str, Traits], *, pointer: str = "", max_nodes: int = 10_000
) -> Built:
    """The graph of a document. Raises InvalidDefinition with everything that is wrong with it."""
    return DIALECTS[kind](document, types, pointer=pointer, max_nodes=max_nodes)
