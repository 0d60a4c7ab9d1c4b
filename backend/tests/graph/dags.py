"""DAGs as strings, and what becomes of them."""

from __future__ import annotations

from typing import Any

from app.errors import InvalidDefinition
from app.graph.building.build import Built
from app.graph.compile import compile_document
from app.graph.dialects.dag.compile import dag_document
from tests.graph.drawing import TYPES

#: What the deployment says of retries.
RETRIES = {"max_retries": 4, "initial_delay": 2.0, "max_delay": 10.0}


def dag(*lines: str, **nodes: dict[str, Any]) -> dict[str, Any]:
    """A DAG of nodes like ``c: a b``, which is c depending on a and b; ``nodes`` adds to what a node says."""
    found = []
    for line in lines:
        id, _, before = line.partition(":")
        found.append({"id": id, "handler": "step", "dependencies": before.split(), **nodes.get(id, {})})
    return {"nodes": found}


def built(written: Any) -> Built:
    return compile_document("dag", dag_document(written, retry_config=RETRIES), TYPES)


def refusals(written: Any) -> list[tuple[str, str | None, str]]:
    """Code, node and place of every reason to refuse a DAG."""
    try:
        built(written)
    except InvalidDefinition as error:
        return [(problem.code, problem.node_id, problem.pointer) for problem in error.problems]
    return []
