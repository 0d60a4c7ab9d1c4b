"""A posted workflow, checked and ready to be saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.api.http.bodies import object_of, parse_exactly, text_of
from app.api.schemas.workflows import DefinitionBody, WorkflowBody
from app.engine.definitions.drafts import workflow_from_yaml
from app.engine.definitions.validation import trigger_problems, trigger_warnings, validate
from app.engine.registry import Registry
from app.errors import InvalidDefinition, Problem
from app.flow_control import spec
from app.graph.building.build import Built
from app.graph.compile import read_document
from app.storage.models.workflows import Workflow
from app.storage.workflows import WorkflowDraft

#: Top-level keys of a body that are the workflow's own; with top-level nodes, all others belong to the graph.
OWN_KEYS = frozenset(WorkflowBody.model_fields) - {"nodes", "edges"} | {
    "id",
    "kind",
    "version",
    "warnings",
    "next_at",
    "created_at",
    "updated_at",
}


def parse_workflow(body: bytes, registry: Registry, *, max_nodes: int, saved: Workflow | None = None) -> WorkflowDraft:
    """
    The draft in a body, which has a graph, or a definition in YAML; without either, that of ``saved``.

    Raises InvalidDefinition with all that is wrong with graph and trigger.
    """
    document = object_of(parse_exactly(text_of(body)), "A workflow")
    if document.get("definition_yaml") is not None:
        written = parse_as(DefinitionBody, document)
        own = {"name", "description", "trigger", "is_active", *spec.KEYS}
        said = written.model_dump(include=own, exclude_none=True)
        return workflow_from_yaml(written.definition_yaml, registry, max_nodes=max_nodes, said=said)
    fields = parse_as(WorkflowBody, document)
    kind, graph, pointer = read_graph(document, saved)
    built, errors = check_workflow(kind, graph, pointer, registry, max_nodes)
    said_of_flow = spec.flow_of(fields.model_dump(include=set(spec.KEYS)))
    errors += [*trigger_problems(fields.trigger), *spec.flow_problems(said_of_flow)]
    if errors or built is None:
        raise InvalidDefinition(errors)
    return WorkflowDraft(
        kind=kind,
        name=fields.name,
        document=graph,
        description=fields.description,
        trigger=fields.trigger,
        is_active=fields.is_active,
        flow=said_of_flow,
        next_at=spec.first_time(said_of_flow, datetime.now(timezone.utc)),
        warnings=[problem.as_dict() for problem in (*built.warnings, *trigger_warnings(fields.trigger))],
    )


def parse_as(model: type[Any], document: Any) -> Any:
    """The model of a parsed body; what does not fit is FastAPI's usual 422."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([{**problem, "loc": ("body", *problem["loc"])} for problem in problems]) from error


def read_graph(body: Mapping[str, Any], saved: Workflow | None) -> tuple[str, Any, str]:
    """The kind of the document that a body holds, the document, and the JSON Pointer to where it stands."""
    shown = None if saved is None else read_document(saved.kind, body, saved.document)
    if saved is not None and shown is not None:
        return saved.kind, shown, ""
    for key in ("graph", "definition"):
        if body.get(key) is not None:
            return "graph", body[key], f"/{key}"
    if body.get("nodes") is not None or body.get("edges") is not None:
        return "graph", {key: value for key, value in body.items() if key not in OWN_KEYS}, ""
    if saved is None:
        return "graph", {"nodes": [], "edges": []}, ""
    return saved.kind, saved.document, ""


def check_workflow(
    kind: str, graph: Any, pointer: str, registry: Registry, max_nodes: int
) -> tuple[Built | None, list[Problem]]:
    """The graph with its warnings, or what is wrong with it."""
    try:
        return validate(graph, registry, kind=kind, pointer=pointer, max_nodes=max_nodes), []
    except InvalidDefinition as error:
        return None, error.problems
