"""A posted workflow, checked and ready to be saved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from typing import Any

from pydantic import BaseModel

from app.api.http.bodies import object_of, parse_as, parse_exactly, text_of
from app.api.schemas.workflows import DefinitionBody, WorkflowBody, WorkflowRead
from app.engine.definitions.drafts import workflow_from_yaml
from app.engine.definitions.names import KnownNames
from app.engine.definitions.validation import event_conditions, trigger_problems, trigger_warnings, validate
from app.engine.registry import Registry
from app.errors import InvalidDefinition, Problem
from app.flow_control import spec
from app.graph.building.build import Built
from app.graph.compile import read_document
from app.graph.path_lint import warn_unseen_conditions, warn_unseen_paths
from app.logic.similar_paths import Path
from app.storage.clock import clock
from app.storage.models.workflows import Workflow
from app.storage.workflow_draft import WorkflowDraft
from app.triggers.triggers import can_fire

#: Keys that a client sends back because a response has them.
SHOWN_KEYS = frozenset(WorkflowRead.model_fields)
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


def parse_workflow(
    body: bytes, registry: Registry, *, max_nodes: int, known: KnownNames, saved: Workflow | None = None
) -> WorkflowDraft:
    """
    The draft in a body, which has a graph, or a definition in YAML; without either, the document of ``saved``.

    Raises InvalidDefinition with everything that is wrong with graph, trigger and flow control.
    """
    document = object_of(parse_exactly(text_of(body)), "A workflow")
    return parse_members_of_workflow(document, registry, max_nodes=max_nodes, known=known, saved=saved)


def parse_members_of_workflow(
    document: dict[str, Any], registry: Registry, *, max_nodes: int, known: KnownNames, saved: Workflow | None = None
) -> WorkflowDraft:
    """The same of a body that was read."""
    if document.get("definition_yaml") is not None:
        return _parse_yaml(parse_as(DefinitionBody, document), registry, max_nodes, known)
    fields = parse_as(WorkflowBody, document)
    kind, graph, pointer = read_graph(document, saved)
    draft = _draft_of(fields, kind, graph, pointer, registry=registry, max_nodes=max_nodes, known=known)
    is_graph_itself = kind == "graph" and pointer == "" and (fields.nodes is not None or fields.edges is not None)
    unknown = [] if is_graph_itself else [problem.as_dict() for problem in unknown_keys(fields)]
    return replace(draft, warnings=[*draft.warnings, *unknown])


def draft_with_document(
    saved: Workflow, document: Any, registry: Registry, *, max_nodes: int, known: KnownNames
) -> WorkflowDraft:
    """
    The draft of a saved workflow with another document of its kind; its name, trigger and settings stay.

    Raises InvalidDefinition.
    """
    flow = saved.flow or {}
    fields = WorkflowBody(
        name=saved.name,
        description=saved.description,
        trigger=saved.trigger,
        is_active=saved.is_active,
        **{key: flow.get(key) for key in spec.KEYS},
    )
    return _draft_of(fields, saved.kind, document, "", registry=registry, max_nodes=max_nodes, known=known)


def _draft_of(
    fields: WorkflowBody,
    kind: str,
    graph: Any,
    pointer: str,
    *,
    registry: Registry,
    max_nodes: int,
    known: KnownNames,
) -> WorkflowDraft:
    """The draft of a document with these fields. Raises InvalidDefinition."""
    built, errors = check_workflow(kind, graph, pointer, registry, max_nodes, known)
    flow = spec.pick_flow(fields.model_dump(include=set(spec.KEYS)))
    errors += [*trigger_problems(fields.trigger), *spec.flow_problems(flow)]
    if errors or built is None:
        raise InvalidDefinition(errors)
    return WorkflowDraft(
        kind=kind,
        name=fields.name,
        document=graph,
        description=fields.description,
        trigger=fields.trigger,
        is_active=fields.is_active,
        flow=flow,
        next_at=spec.first_time(flow, clock.now()),
        is_scheduled_at=partial(spec.is_scheduled_at, flow),
        warnings=[problem.as_dict() for problem in (*built.warnings, *trigger_warnings(fields.trigger))],
        conditions=event_conditions(built, registry),
    )


def with_path_warnings(draft: WorkflowDraft, known: Collection[Path]) -> WorkflowDraft:
    """
    The draft with a warning for each path that no recent event has: of its trigger, and of conditions over events.

    ``known`` are the paths that recent events have.
    """
    flow = draft.flow or {}
    # A window starts an execution with a list of events as its payload.
    starts_by_event = can_fire(draft.trigger) and draft.trigger is not False
    starts_by_event = starts_by_event and not (flow.get("debounce") or flow.get("batch"))
    found = [
        *warn_unseen_paths(draft.trigger, known, "The trigger", "/trigger"),
        *warn_unseen_conditions(draft.conditions, known, starts_by_event=starts_by_event),
    ]
    return replace(draft, warnings=[*draft.warnings, *(problem.as_dict() for problem in found)])


def _parse_yaml(fields: DefinitionBody, registry: Registry, max_nodes: int, known: KnownNames) -> WorkflowDraft:
    own = {"name", "description", "trigger", "is_active", *spec.KEYS}
    beside = fields.model_dump(include=own, exclude_none=True)
    draft = workflow_from_yaml(fields.definition_yaml, registry, max_nodes=max_nodes, overrides=beside, known=known)
    return replace(draft, warnings=[*draft.warnings, *(problem.as_dict() for problem in unknown_keys(fields))])


def unknown_keys(fields: BaseModel) -> list[Problem]:
    """A warning for each key of a body that has no meaning, and is not one that a response has."""
    known = sorted(set(type(fields).model_fields))
    return [_unknown_key(key, known) for key in fields.model_extra or () if key not in SHOWN_KEYS]


def _unknown_key(key: str, known: Iterable[str]) -> Problem:
    near = get_close_matches(key, list(known), 1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    pointer = "/" + key[:100].replace("~", "~0").replace("/", "~1")
    return Problem(
        "UNKNOWN_KEY", f"The key `{key[:100]}` of the body is unknown and was ignored.{hint}", pointer=pointer
    )


def read_graph(body: Mapping[str, Any], saved: Workflow | None) -> tuple[str, Any, str]:
    """The kind of the document in a body, the document, and a JSON Pointer to it."""
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
    kind: str, graph: Any, pointer: str, registry: Registry, max_nodes: int, known: KnownNames
) -> tuple[Built | None, list[Problem]]:
    """The graph with its warnings, or the problems with it."""
    try:
        return validate(graph, registry, kind=kind, pointer=pointer, max_nodes=max_nodes, known=known), []
    except InvalidDefinition as error:
        return None, error.problems
