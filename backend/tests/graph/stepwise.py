"""Steps as strings, and what becomes of them."""

from __future__ import annotations

from typing import Any

from app.errors import InvalidDefinition
from app.graph.building.build import Built
from app.graph.compile import compile_document
from app.graph.model import Graph, Traits
from tests.graph.drawing import TYPES

NAMES = ("a", "b", "c", "x", "x#2")


def steps(*written: str, **params: dict[str, Any]) -> list[dict[str, Any]]:
    """Steps like ``a b`` (in sequence) and ``a | b`` (in parallel); ``params`` are those of every task of a name."""
    return [_step(text, params) for text in written]


def _step(text: str, params: dict[str, dict[str, Any]]) -> dict[str, Any]:
    type = "parallel" if "|" in text else "sequential"
    names = text.replace("|", " ").split()
    return {"execution_type": type, "tasks": [{"name": name, "params": params.get(name, {})} for name in names]}


def built(written: Any) -> Built:
    return compile_document("steps", {"steps": written}, {**TYPES, **dict.fromkeys(NAMES, Traits())})


def graph(*written: str, **params: dict[str, Any]) -> Graph:
    return built(steps(*written, **params)).graph


def refusals(written: Any) -> list[tuple[str, str]]:
    """Code and place of every reason to refuse the steps."""
    try:
        built(written)
    except InvalidDefinition as error:
        return [(problem.code, problem.pointer) for problem in error.problems]
    return []
