"""A posted workflow, checked and ready to be saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.api.bodies import object_of, parse_exactly, text_of
from app.api.shapes import WorkflowBody
from app.engine.definitions import check
from app.engine.registry import Registry
from app.errors import InvalidDefinition, InvalidRule, Problem
from app.graph.build import Built
from app.logic.jsonlogic import compile_rule
from app.storage.workflows import Draft
from app.triggers.match import can_fire

#: Top-level keys of a body that are the workflow's own; with top-level nodes, all others belong to the graph.
OWN_KEYS = frozenset(WorkflowBody.model_fields) - {"nodes", "edges"} | {
    "id",
    "kind",
    "version",
    "warnings",
    "created_at",
    "updated_at",
}


def read_draft(body: bytes, registry: Registry, *, max_nodes: int, saved: Any = None) -> Draft:
    """
    The draft in a body; without a graph in it, that of ``saved``.

    Raises InvalidDefinition with all that is wrong with graph and trigger.
    """
    document = object_of(parse_exactly(text_of(body)), "A workflow")
    fields = validated(WorkflowBody, document)
    graph, pointer = graph_of(document, saved)
    built, errors = checked(graph, pointer, registry, max_nodes)
    errors += trigger_problems(fields.trigger)
    if errors or built is None:
        raise InvalidDefinition(errors)
    return Draft(
        name=fields.name,
        document=graph,
        description=fields.description,
        trigger=fields.trigger,
        is_active=fields.is_active,
        warnings=[problem.as_dict() for problem in built.warnings],
    )


def validated(model: type[Any], document: Any) -> Any:
    """The model of a parsed body; what does not fit is FastAPI's usual 422."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([{**problem, "loc": ("body", *problem["loc"])} for problem in problems]) from error


def graph_of(body: Mapping[str, Any], saved: Any) -> tuple[Any, str]:
    """The graph that a body holds, and the JSON Pointer to where it stands."""
    for key in ("graph", "definition"):
        if body.get(key) is not None:
            return body[key], f"/{key}"
    if body.get("nodes") is not None or body.get("edges") is not None:
        return {key: value for key, value in body.items() if key not in OWN_KEYS}, ""
    return ({"nodes": [], "edges": []} if saved is None else saved), ""


def checked(graph: Any, pointer: str, registry: Registry, max_nodes: int) -> tuple[Built | None, list[Problem]]:
    """The graph with its warnings, or what is wrong with it."""
    try:
        return check(graph, registry, pointer=pointer, max_nodes=max_nodes), []
    except InvalidDefinition as error:
        return None, error.problems


def trigger_problems(trigger: Any) -> list[Problem]:
    if not can_fire(trigger):
        return []
    try:
        compile_rule(trigger)
    except InvalidRule as error:
        return [Problem(error.code, f"The trigger: {error}", pointer=f"/trigger{error.pointer}")]
    return []
