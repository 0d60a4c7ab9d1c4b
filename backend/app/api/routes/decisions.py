"""``/events/{id}/decisions``, ``/explain`` and ``/events/fields``: why events did or did not start workflows."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from app.access.scopes import requires
from app.access.visibility import require_visible
from app.api.dependencies import CallerDep, PastDep, RecentPathsDep, SnapshotDep
from app.api.http.responses import PageDep, next_page, respond_list, respond_object
from app.api.router import make_router
from app.api.schemas.common import WORKFLOW, EventId, Moment
from app.api.schemas.decisions import EventDecisionRead, EventExplanationRead, FieldRead
from app.api.schemas.errors import errors_of
from app.api.views.decisions import show_decision, show_event_explanation, show_field
from app.errors import Conflict, InvalidInput
from app.storage.event_sample import sample_payloads
from app.storage.outcomes import fetch_decided_event
from app.why.decisions import listing
from app.why.decisions.answers import DecisionKind
from app.why.decisions.explaining import explain_event
from app.why.fields import collect_fields

router = make_router("/events", tag="why")

#: Fields on one page.
MAX_FIELDS = 1000
Since = Annotated[
    Moment | None, Query(description="Only events received since then.", examples=["2026-01-31T00:00:00Z"])
]
Revision = Annotated[
    Literal["current"] | int | None,
    Query(description="Another revision than the one that the event met: `current`, or a number."),
]


@router.get("/fields", dependencies=[requires("executions:read")], response_model=list[FieldRead])
def list_fields(
    request: Request,
    session: SnapshotDep,
    prefix: Annotated[str, Query(max_length=500, description="Only paths that begin so.")] = "",
    since: Since = None,
    limit: Annotated[int, Query(ge=1, le=MAX_FIELDS)] = 200,
    cursor: Annotated[str | None, Query(max_length=2000, description="From the Link header of the last page.")] = None,
) -> Response:
    """The paths that recent events have: types, how often, examples, least and greatest; of the newest 2,000 events."""
    payloads = sample_payloads(session, since)
    found = [field for field in collect_fields(payloads) if field.path.startswith(prefix)]
    rest = [field for field in found if cursor is None or field.path > cursor]
    link = next_page(request, rest[limit - 1].path) if len(rest) > limit else None
    return respond_list([show_field(field, len(payloads)) for field in rest[:limit]], link)


@router.get(
    "/{event_id}/decisions",
    dependencies=[requires("executions:read")],
    response_model=list[EventDecisionRead],
    responses=errors_of(404, 409),
)
def list_decisions(
    event_id: EventId,
    request: Request,
    page: PageDep,
    caller: CallerDep,
    session: SnapshotDep,
    past: PastDep,
    decision: Annotated[DecisionKind | None, Query(description="Only workflows with this decision.")] = None,
    q: Annotated[str | None, Query(max_length=500, description="Only workflows whose name contains this.")] = None,
    sort: Annotated[Literal["near"] | None, Query(description="near: the nearest misses first.")] = None,
) -> Response:
    """What every workflow made of an event, by the triggers that it met; newest workflows first."""
    event = fetch_decided_event(session, event_id)
    if event.revision is None:
        raise Conflict(
            f"Event {event.id} came before revisions were kept, so it is not known which triggers it met; "
            f"/events/{event.id}/explain with revision=current tries it on those of now."
        )
    kinds = frozenset({decision}) if decision else None
    visible = [each for each in past.list_at(session, event.revision) if caller.sees(each.row.name)]
    found = listing.decide_all(event, visible)
    chosen = list(listing.select_decisions(found, kinds, q))
    if sort == "near":
        chosen = listing.sort_by_distance(event, chosen)
    rows, more = listing.page_after(chosen, page.after, page.limit)
    rows = listing.measure_all(event, rows)
    link = next_page(request, rows[-1].id) if more else None
    return respond_list([show_decision(event, row) for row in rows], link)


@router.get(
    "/{event_id}/explain",
    dependencies=[requires("executions:read")],
    response_model=EventExplanationRead,
    responses=errors_of(404, 409),
)
def get_event_explanation(
    event_id: EventId,
    caller: CallerDep,
    session: SnapshotDep,
    recent_paths: RecentPathsDep,
    workflow_id: Annotated[str, Query(description="The workflow.", examples=[WORKFLOW])],
    revision: Revision = None,
    flip: Annotated[
        Literal["yes", "no"], Query(description="The answer that flips give: yes turns a no into a yes.")
    ] = "yes",
) -> Response:
    """What one workflow made of an event, clause by clause, and what would have had to be different."""
    if isinstance(revision, int) and not 1 <= revision < 2**63:
        raise InvalidInput(f"`revision` is {revision}; it must be `current`, or a number from 1 on.")
    require_visible(session, caller, "Workflow", workflow_id)
    recent = recent_paths.get(session)
    found = explain_event(session, event_id, workflow_id, revision=revision, wanted=flip == "yes", recent=recent)
    return respond_object(show_event_explanation(found))
