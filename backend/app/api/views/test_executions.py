"""Test executions: what a body asks for, and what a plan shows."""

from __future__ import annotations

from dataclasses import replace

from app.api.dependencies import AppContext
from app.api.http.responses import Shown
from app.api.schemas.test_executions import BeginTestBody
from app.api.views.workflow_bodies import draft_with_document, parse_members_of_workflow
from app.engine.definitions.names import KnownNames
from app.engine.registry import Registry
from app.errors import Conflict, InvalidDefinition, InvalidInput
from app.storage.json_text import JsonText, dumps
from app.storage.models.workflows import Workflow
from app.storage.workflow_draft import WorkflowDraft
from app.why.test_execution import PlannedTest, TestData, TestedDefinition

#: Where the document is in a body.
POINTER = "/document"


def draft_of(body: BeginTestBody, saved: Workflow, context: AppContext, known: KnownNames) -> WorkflowDraft:
    """
    The workflow that a body tests, as it would be saved.

    Raises InvalidDefinition with places in the body, and Conflict for another dialect than that of the workflow.
    """
    most = context.settings.max_nodes
    try:
        if body.document is None:
            return draft_with_document(saved, saved.document, context.registry, max_nodes=most, known=known)
        members = {"name": saved.name, **body.document}
        draft = parse_members_of_workflow(members, context.registry, max_nodes=most, known=known, saved=saved)
    except InvalidDefinition as error:
        raise InvalidDefinition([replace(each, pointer=POINTER + each.pointer) for each in error.problems]) from error
    if draft.kind != saved.kind:
        raise Conflict(
            f"`document` is of the kind {draft.kind}, and the workflow {saved.name} is of the kind {saved.kind}; a test"
            " runs what could be saved over it."
        )
    return draft


def tested_of(body: BeginTestBody, saved: Workflow, draft: WorkflowDraft) -> TestedDefinition:
    """What a body tests. Raises InvalidInput where its members contradict each other."""
    if body.only is not None and body.until is not None:
        raise InvalidInput(
            f"`only` is {body.only[:100]!r} and `until` is {body.until[:100]!r}; a test has one of them, or neither."
        )
    if body.payload is not None and body.event_id is not None:
        raise InvalidInput(
            "A test has either a `payload` or the payload of the event `event_id`; leave one of them out."
        )
    alone = [name for name in ("input", "outputs") if name in body.model_fields_set]
    if body.only is None and alone:
        raise InvalidInput(f"`{alone[0]}` is for the test of a node alone; name the node as `only`.")
    return TestedDefinition(saved.id, draft.kind, draft.document, body.only, body.until)


def data_of(body: BeginTestBody) -> TestData:
    """The data that a body gives."""
    given = (body.input,) if "input" in body.model_fields_set else ()
    return TestData(body.payload, body.event_id, body.source, given, body.outputs or {})


def show_planned_test(plan: PlannedTest, registry: Registry) -> Shown:
    kept = [] if plan.beginning is None else plan.beginning.kept
    return {
        "runs": plan.runs,
        "effects": [vars(effect) for effect in plan.list_effects(registry)],
        "kept": [{"node_id": node, "visit": visit} for node, visit in kept],
        "payload": plan.payload,
        "input": None if plan.beginning is None else JsonText(dumps(plan.beginning.input)),
        "warnings": list(plan.warnings),
    }
