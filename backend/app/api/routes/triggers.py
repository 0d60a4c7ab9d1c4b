"""``/triggers``: rules that are tried on events, without storing anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Response
from sqlalchemy.orm import Session

from app.access.gate import require_scope
from app.access.scopes import Requirement, Scope, requires
from app.access.visibility import require_visible
from app.api.dependencies import CallerDep, RecentPathsDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import as_time, respond
from app.api.router import make_router
from app.api.schemas.common import body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.why import ExplainBody, ExplanationRead
from app.errors import InvalidDefinition, InvalidRule, NotFound, Problem
from app.logic.similar_paths import Path
from app.logic.tracing import MAX_CLAUSES
from app.storage import event_lists, revisions
from app.storage.event_lists import ShownEvent
from app.storage.events import event_variables
from app.storage.json_text import loads
from app.why.explain import explain
from app.why.flips.search import LIMIT
from app.why.reasons import find_reasons
from app.why.shapes import show_explanation, show_reasons

router = make_router("/triggers", tag="triggers")

ExplainDep = Annotated[ExplainBody, Depends(parsed(ExplainBody))]

#: Seconds that the flips of all events of one request may take, and clauses of all their trees.
_ALL_FLIPS = 0.5
_ALL_CLAUSES = 10_000


@router.post(
    "/explain",
    dependencies=[requires("workflows:read")],
    response_model=ExplanationRead | list[ExplanationRead],
    responses=errors_of(404),
    openapi_extra=body_of(ExplainBody),
)
def explain_trigger(
    given: ExplainDep, caller: CallerDep, session: SnapshotDep, recent_paths: RecentPathsDep
) -> Response:
    """
    Explain what a rule decides on an event, clause by clause, and which changes would turn it. Nothing is stored.

    With `events` the answer is a list in the same order.
    """
    if given.event_id is not None:
        # Any part of a stored event can be read by a rule about it.
        require_scope(caller, Requirement((Scope.EXECUTIONS_READ,)))
    if given.workflow_id is not None:
        require_visible(session, caller, "Workflow", given.workflow_id)
    compared, recent = find_compared_rule(session, given), recent_paths.get(session)
    if given.events is not None:
        count = max(len(given.events), 1)
        explain_one = partial(
            explain_event,
            recent=recent,
            limit=min(LIMIT, _ALL_FLIPS / count),
            max_clauses=min(MAX_CLAUSES, _ALL_CLAUSES // count),
        )
        return respond([explain_one(given, each, None, compared) for each in given.events])
    if given.event_id is None:
        return respond(explain_event(given, given.event, None, compared, recent=recent))
    event = event_lists.get_event(session, given.event_id)
    payload, metadata = loads(event.payload or "null"), metadata_of(event)
    explained = explain_event(given, payload, metadata, compared, recent=recent)
    return respond({**explained, "event": {"id": event.id, "received_at": as_time(event.received_at)}})


def explain_event(
    given: ExplainBody,
    payload: Any,
    metadata: Mapping[str, Any] | None,
    compared: Mapping[str, Any] | None,
    *,
    recent: Collection[Path] = (),
    limit: float = LIMIT,
    max_clauses: int = MAX_CLAUSES,
) -> dict[str, Any]:
    """The explanation of one event. Raises InvalidDefinition for a rule that cannot be compiled."""
    try:
        reasons = find_reasons(
            given.rule,
            payload,
            metadata,
            wanted=given.flip == "yes",
            recent=recent,
            limit=limit,
            max_clauses=max_clauses,
        )
    except InvalidRule as error:
        problem = Problem(error.code, f"The rule: {error}", pointer=f"/rule{error.pointer}")
        raise InvalidDefinition([problem]) from error
    shown = {"workflow": None, "event": None, **show_reasons(reasons)}
    if compared is not None:
        shown["workflow"] = compared["workflow"]
        other = show_explanation(explain(compared["trigger"], payload, metadata))
        shown["compared"] = {"revision": given.compare_to, **other}
    return shown


def find_compared_rule(session: Session, given: ExplainBody) -> dict[str, Any] | None:
    """The trigger that the rule is compared with, and its workflow as it was then. Raises NotFound."""
    if given.workflow_id is None:
        return None
    at = given.compare_to if isinstance(given.compare_to, int) else None
    row = revisions.fetch_revision(session, given.workflow_id, at)
    if row is None or (row.is_deleted and at is None):
        if at is not None and revisions.fetch_first_revision(session, given.workflow_id) is not None:
            raise NotFound(f"Workflow {given.workflow_id} has no revision up to {at}.")
        raise NotFound.of("Workflow", given.workflow_id)
    shown = {"id": row.workflow_id, "name": row.name, "version": row.version, "revision": row.revision}
    return {"trigger": row.trigger, "workflow": shown}


def metadata_of(event: ShownEvent) -> dict[str, Any]:
    """What rules read as ``$event`` of a stored event."""
    return event_variables(
        event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
    )
