"""Explanations of steps as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.api.views.steps import fetch_graph
from app.engine.definitions.compiled import WorkflowCache
from app.errors import NotFound
from app.storage import event_lists, executions, step_history
from app.storage.events import event_variables
from app.storage.ids import parse_id
from app.storage.json_text import loads
from app.storage.step_history import HistoryStep
from app.why.shapes import show_clause
from app.why.steps.explain import BRANCH, WAIT, CaseReason, StepReasons, TriedEvent, explain_step, try_event
from app.why.steps.history import History


def build_step_explanation(
    session: Session, workflows: WorkflowCache, step_id: str, execution_id: str | None, *, event_id: str | None = None
) -> dict[str, Any]:
    """
    Why a step went the way that it did; with an ``event_id``, what the condition of a wait decides on that event.

    Raises NotFound, InvalidInput.
    """
    execution = executions.get_execution(
        session, step_history.find_execution_of(session, step_id, execution_id), full=True
    )
    history = History(
        graph=fetch_graph(session, workflows, execution),
        payload=loads(execution.context or "null"),
        event=fetch_variables(session, execution.event_id),
        rows=step_history.list_step_rows(session, execution.id),
        read_outputs=lambda ids: step_history.fetch_step_outputs(session, execution.id, ids),
    )
    step = history.find(parse_id(step_id) or "")
    if step is None:
        raise NotFound.of("Step", step_id)
    if event_id is not None:
        return show_step_reasons(try_event(history, step, fetch_tried(session, event_id)), step, execution.id)
    output = history.read_outputs([str(step.id)]).get(str(step.id)) if step.type in (BRANCH, WAIT) else None
    came = output.get("event_id") if step.type == WAIT and isinstance(output, dict) else None
    reasons = explain_step(history, step, output=output, event_variables=fetch_variables(session, came))
    return show_step_reasons(reasons, step, execution.id)


def fetch_variables(session: Session, event_id: Any) -> Mapping[str, Any]:
    """What rules read as ``$event`` of a stored event; nothing if there is none, or none any more."""
    if not isinstance(event_id, str):
        return {}
    try:
        return fetch_tried(session, event_id).variables
    except NotFound:
        return {}


def fetch_tried(session: Session, event_id: str) -> TriedEvent:
    """A stored event, as a condition reads it. Raises NotFound."""
    event = event_lists.get_event(session, event_id)
    variables = event_variables(
        event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
    )
    return TriedEvent(event.id, loads(event.payload or "null"), variables)


def show_step_reasons(reasons: StepReasons, step: HistoryStep, execution_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "step_id": reasons.step_id,
        "execution_id": execution_id,
        "node_id": step.node_id,
        "status": step.status,
        "sentence": reasons.sentence,
    }
    if reasons.cases is not None:
        shown["cases"] = [_show_case(case) for case in reasons.cases]
    if reasons.join is not None:
        join = reasons.join
        shown["join"] = {
            "needed": join.needed,
            "arrived": join.arrived,
            "skipped": join.skipped,
            "missing": join.missing,
        }
    if reasons.event_id is not None:
        shown["event_id"] = reasons.event_id
    if reasons.condition is not None:
        shown["tree"] = show_clause(reasons.condition.tree, asker="the condition")
    if reasons.caused_by is not None:
        shown["caused_by"] = reasons.caused_by
    return shown


def _show_case(case: CaseReason) -> dict[str, Any]:
    found = case.explanation
    return {
        "label": case.label,
        "taken": case.taken,
        "decision": None if found is None else found.decision,
        "words": None if found is None else found.first_failing_words,
        "tree": None if found is None else show_clause(found.tree, asker="the case"),
    }
