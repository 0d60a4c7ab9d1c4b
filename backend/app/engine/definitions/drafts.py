"""Drafts of workflows: definitions in YAML and DAGs, checked and ready to be saved."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from app.engine.definitions.names import KnownNames
from app.engine.definitions.validation import event_conditions, trigger_problems, trigger_warnings, validate
from app.engine.registry import Registry
from app.errors import InvalidDag, InvalidDefinition, Problem
from app.flow_control.spec import first_time, flow_problems, is_scheduled_at, pick_flow
from app.graph.dialects.dag.compile import dag_document
from app.graph.dialects.tasks.compile import read_definition
from app.graph.names import LONGEST_NAME
from app.storage.clock import clock
from app.storage.workflow_draft import WorkflowDraft


def workflow_from_yaml(
    text: str,
    registry: Registry,
    *,
    max_nodes: int,
    overrides: Mapping[str, Any] | None = None,
    known: KnownNames | None = None,
) -> WorkflowDraft:
    """
    The draft of a definition in YAML; ``overrides`` (name, description, trigger, concurrency …) replace its own values.

    Raises InvalidDefinition with every problem.
    """
    document = read_definition(text)
    overrides = overrides or {}
    definition = document["definition"]
    given = {**(definition if isinstance(definition, dict) else {}), **overrides}
    flow = pick_flow(given)
    problems = [*_name_problems(given.get("name")), *trigger_problems(given.get("trigger")), *flow_problems(flow)]
    try:
        built = validate(document, registry, kind="tasks", max_nodes=max_nodes, known=known)
    except InvalidDefinition as error:
        raise InvalidDefinition([*error.problems, *problems]) from error
    if problems:
        raise InvalidDefinition(problems)
    return WorkflowDraft(
        kind="tasks",
        name=given["name"],
        document=document,
        description=given.get("description"),
        trigger=given.get("trigger"),
        is_active=overrides.get("is_active", True),
        flow=flow,
        next_at=first_time(flow, clock.now()),
        is_scheduled_at=partial(is_scheduled_at, flow),
        warnings=[problem.as_dict() for problem in (*built.warnings, *trigger_warnings(given.get("trigger")))],
        conditions=event_conditions(built, registry),
    )


def workflow_from_dag(
    name: str,
    dag: Any,
    registry: Registry,
    *,
    max_nodes: int,
    retry_config: Mapping[str, Any],
    known: KnownNames | None = None,
) -> WorkflowDraft:
    """
    The draft of a DAG; ``retry_config`` of the deployment is the default of its nodes.

    Raises InvalidDag with every problem.
    """
    document = dag_document(dag, retry_config=retry_config)
    try:
        built = validate(document, registry, kind="dag", max_nodes=max_nodes, known=known)
    except InvalidDefinition as error:
        raise InvalidDag(error.problems) from error
    return WorkflowDraft(kind="dag", name=name, document=document, warnings=[each.as_dict() for each in built.warnings])


def _name_problems(name: Any) -> list[Problem]:
    if name is None or (isinstance(name, str) and not name.strip()):
        return [Problem("MISSING_NAME", "The definition has no name.", pointer="/name")]
    if isinstance(name, str) and len(name) > LONGEST_NAME:
        return [Problem("INVALID_NAME", f"The name has more than {LONGEST_NAME} characters.", pointer="/name")]
    return []
