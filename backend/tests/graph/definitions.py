"""Definitions as strings, and what becomes of them."""

from __future__ import annotations

from typing import Any

from app.errors import InvalidDefinition
from app.graph.building.build import Built
from app.graph.compile import compile_document
from app.graph.dialects.tasks.compile import read_definition
from tests.graph.drawing import TYPES

Task = dict[str, Any]


def definition(*lines: str, **tasks: Task) -> dict[str, Any]:
    """A definition of tasks like ``c: a b``, which is c depending on a and b; ``tasks`` adds to what a task says."""
    found = []
    for line in lines:
        id, _, before = line.partition(":")
        found.append({"id": id, "activity_type": "step", "depends_on": before.split(), **tasks.get(id, {})})
    return {"name": "test", "tasks": found}


def built(written: Any) -> Built:
    return compile_document("tasks", {"definition_yaml": "", "definition": written}, TYPES)


def refusals(written: Any) -> list[tuple[str, str | None, str]]:
    """Code, task and place of every reason to refuse a definition, or a text."""
    try:
        built(read_definition(written)["definition"] if isinstance(written, str) else written)
    except InvalidDefinition as error:
        return [(problem.code, problem.node_id, problem.pointer) for problem in error.problems]
    return []
