"""``/backtests``: a rule tried on the events of the past, and what it missed started afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.access.scopes import requires
from app.access.visibility import require_visible
from app.api.dependencies import AppContext, CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import FULL, as_time, next_page, respond, respond_list
from app.api.router import make_router
from app.api.schemas.backtests import (
    BACKTEST,
    BacktestBody,
    BacktestDeleted,
    BacktestRead,
    FireBody,
    FireRead,
    SetName,
    StartBody,
    StartedEventRead,
)
from app.api.schemas.common import EventId, body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.events import EventRead
from app.api.views.events import EventView
from app.engine.wakeups.aftermath import aftermath_of
from app.errors import Conflict, Forbidden, InvalidInput, InvalidRule, NotFound
from app.logic.jsonlogic import compile_rule
from app.storage import event_lists, revisions, workflows
from app.storage.access.audit import Deed, record_deed
from app.storage.backtests import backtests, sets
from app.storage.backtests.backtests import NewBacktest, Progress
from app.storage.backtests.sets import Position
from app.storage.backtests.work import Backtest, BacktestStatus
from app.storage.clock import clock
from app.storage.orm import cursor_of
from app.triggers.triggers import can_fire
from app.why.backtest.firing import Firing, RetroStarted, fire_events, list_candidates, parse_pace
from app.why.backtest.report import show_tally
from app.why.backtest.tally import NEW, SAME, sum_tallies

router = make_router("/backtests", tag="why")
starts = make_router("/events", tag="why")

#: A rule that is tried tells something of the events, and of the trigger that it is compared with.
TRYING = [requires("workflows:read"), requires("executions:read")]

BacktestId = Annotated[str, Path(description="The id of a backtest.", examples=[BACKTEST])]
BacktestDep = Annotated[BacktestBody, Depends(parsed(BacktestBody))]
FireDep = Annotated[FireBody, Depends(parsed(FireBody, optional=True))]
StartDep = Annotated[StartBody, Depends(parsed(StartBody))]


@router.post(
    "",
    dependencies=TRYING,
    status_code=201,
    response_model=BacktestRead,
    responses=errors_of(404, 409),
    openapi_extra=body_of(BacktestBody),
)
def create_backtest(given: BacktestDep, context: ContextDep, caller: CallerDep, session: SessionDep) -> Response:
    """Try a rule on the events of a period; workers do it, and ``GET /backtests/{id}`` shows how far they are."""
    _check_rule(given.rule)
    with session.begin():
        if caller.workflow_prefix is not None:
            require_bound_workflow(session, caller, given.workflow_id)
        id = backtests.create_backtest(session, _describe(session, given))
        record_deed(cursor_of(session), caller, "create", "backtest", id, {"workflow_id": given.workflow_id})
        shown = show_backtest(backtests.get_backtest(session, id), Progress(0, 0, []))
    context.engine_context.publisher.backtest()
    return respond(shown, 201)


def require_bound_workflow(session: Session, caller: Caller, workflow_id: str | None) -> None:
    """Raise NotFound, or Forbidden without a workflow: such a backtest would be out of its caller's own sight."""
    if workflow_id is None:
        raise Forbidden(
            f"The key {caller.name} is bound to workflows whose name begins with {caller.workflow_prefix!r}; name one"
            " of them as `workflow_id`."
        )
    require_visible(session, caller, "Workflow", workflow_id)


def _check_rule(rule: Any) -> None:
    """Raises InvalidInput."""
    if not can_fire(rule):
        raise InvalidInput('`rule` is empty; give a JSONLogic rule, for example {">": [{"var": "lead.score"}, 75]}.')
    try:
        compile_rule(rule)
    except InvalidRule as error:
        raise InvalidInput(f"`rule` is not valid: {error}") from error


def _describe(session: Session, given: BacktestBody) -> NewBacktest:
    """The backtest that a body asks for, with the trigger that it compares with. Raises NotFound, InvalidInput."""
    now = clock.now()
    baseline, row, current = given.baseline, None, None
    if given.workflow_id is not None:
        current = workflows.get_workflow(session, given.workflow_id)
        row = revisions.fetch_revision(session, current.id, baseline if isinstance(baseline, int) else None)
        if baseline is not None and row is None:
            raise NotFound(f"Workflow {current.id} has no revision up to {baseline}.")
    if given.start >= (end := min(given.end or now, now)):
        raise InvalidInput(f"`from` is {given.start.isoformat()}, which is not in the past.")
    return NewBacktest(
        rule=given.rule,
        workflow_id=current.id if current else None,
        compare_to=None if baseline is None else str(baseline),
        baseline_revision=row.revision if row is not None and baseline is not None else None,
        baseline=row.trigger if row is not None and baseline is not None else None,
        flow=current.flow if current else None,
        from_time=given.start,
        to_time=end,
    )


@router.get("/{backtest_id}", dependencies=TRYING, response_model=BacktestRead, responses=errors_of(404))
def get_backtest(backtest_id: BacktestId, session: SnapshotDep) -> Response:
    """How far a backtest is, and what it has found so far."""
    found = backtests.get_backtest(session, backtest_id)
    return respond(show_backtest(found, backtests.read_progress(session, found.id)))


def show_backtest(found: Backtest, progress: Progress) -> dict[str, Any]:
    tally = sum_tallies(progress.tallies)
    matches = tally.counts[NEW] + tally.counts[SAME]
    partial = {
        **show_tally(found, tally),
        "executions": {"matches": matches, "would_start": None},
        "lost_executions": {},
        "per_execution": None,
    }
    compare_to = found.compare_to
    return {
        "id": found.id,
        "status": found.status,
        "rule": found.rule,
        "workflow_id": found.workflow_id,
        "compare_to": int(compare_to) if compare_to and compare_to != "current" else compare_to,
        "compared_revision": found.baseline_revision,
        "from": as_time(found.from_time),
        "to": as_time(found.to_time),
        # An event that was committed late is counted, though it was not there when the slices were made.
        "progress": {"done": progress.done, "total": max(progress.done, progress.total)},
        **(found.report or partial),
        "error": found.error,
        "created_at": as_time(found.created_at),
        "finished_at": as_time(found.finished_at),
    }


@router.get(
    "/{backtest_id}/events",
    dependencies=[requires("executions:read")],
    response_model=list[EventRead],
    responses=errors_of(404),
)
def list_backtest_events(
    backtest_id: BacktestId,
    request: Request,
    caller: CallerDep,
    session: SnapshotDep,
    kind: Annotated[SetName, Query(alias="set", description="The set of the events.")],
    limit: Annotated[int, Query(ge=1, le=1000, description="Items on a page.")] = 50,
    cursor: Annotated[str | None, Query(description="From the Link header of the last page.")] = None,
    full: Annotated[bool, Query(description=FULL)] = False,
) -> Response:
    """The events of a set of a backtest, oldest first, as far as it is."""
    found = backtests.get_backtest(session, backtest_id)
    ids, after = sets.page_of_set(session, found.id, kind, start=_parse_cursor(cursor), limit=limit)
    view = EventView(session, caller)
    shown = [
        view.show(row) for row in sorted(event_lists.fetch_events(session, ids, full=full), key=lambda row: row.id)
    ]
    return respond_list(shown, next_page(request, ".".join(map(str, after))) if after else None)


def _parse_cursor(cursor: str | None) -> Position:
    if cursor is None:
        return Position()
    parts = cursor.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise InvalidInput(f"The cursor {cursor[:100]!r} is not valid.")
    return Position(*map(int, parts))


@router.delete(
    "/{backtest_id}",
    dependencies=[requires("workflows:write")],
    response_model=BacktestDeleted,
    responses=errors_of(404),
)
def delete_backtest(backtest_id: BacktestId, caller: CallerDep, session: SessionDep) -> Response:
    """Stop a backtest and forget it; what it started stays."""
    with session.begin():
        backtests.delete_backtest(session, backtest_id)
        record_deed(cursor_of(session), caller, "delete", "backtest", backtest_id)
    return respond({"status": "deleted"})


@router.post(
    "/{backtest_id}/fire",
    dependencies=[requires("executions:write")],
    response_model=FireRead,
    responses=errors_of(404, 409),
    openapi_extra=body_of(FireBody, required=False),
)
def fire_backtest(
    backtest_id: BacktestId, given: FireDep, context: ContextDep, caller: CallerDep, session: SessionDep
) -> Response:
    """
    Start the workflow of a backtest for the events of a set, each once ever, however often it is asked.

    They pass through flow control, run the newest version, and are marked ``retro``. By default it only counts.
    """
    with session.begin():
        found = backtests.get_backtest(session, backtest_id)
        if found.workflow_id is None:
            raise InvalidInput(f"Backtest {found.id} has no workflow; create it with `workflow_id` to fire its events.")
        workflows.get_workflow(session, found.workflow_id)
    if found.status != BacktestStatus.COMPLETED:
        raise Conflict(f"Backtest {found.id} is {found.status}; its events can be fired when it is COMPLETED.")
    batches = _iterate_set(context, found.id, given.set)
    ids, skipped = list_candidates(context.engine, batches, found.workflow_id, given.limit)
    if given.dry_run:
        rows = [_show_started(RetroStarted(id)) for id in ids]
        return respond({"would_start": len(ids), "skipped": skipped, "executions": rows, "errors": []})
    firing = fire_events(
        context.engine,
        ids,
        found.workflow_id,
        backtest_id=found.id,
        step=parse_pace(given.pace),
        grace=context.settings.wake_up_grace,
        deed=Deed(caller, "fire", "backtest", found.id, {"set": given.set, "events": len(ids)}),
    )
    return respond(_dispatch(context, firing, skipped))


def _iterate_set(context: AppContext, backtest_id: str, kind: str) -> Iterator[list[str]]:
    """The events of a set, 1,000 at a time."""
    position: Position | None = Position()
    while position is not None:
        with context.sessions() as session:
            ids, position = sets.page_of_set(session, backtest_id, kind, start=position, limit=1000)
        yield ids


def _dispatch(context: AppContext, firing: Firing, skipped: int) -> dict[str, Any]:
    for fired in firing.fired:
        context.dispatch(aftermath_of(fired))
    return {
        "started": len(firing.started),
        "skipped": skipped + firing.skipped,
        "executions": [_show_started(each) for each in firing.started],
        "errors": [{"event_id": id, "message": message} for id, message in firing.errors],
    }


def _show_started(each: RetroStarted) -> dict[str, Any]:
    return {"event_id": each.event_id, "id": each.execution_id, "outcome": each.outcome, "message": each.message}


@starts.post(
    "/{event_id}/start",
    dependencies=[requires("executions:write")],
    status_code=201,
    response_model=StartedEventRead,
    responses=errors_of(404, 409),
    openapi_extra=body_of(StartBody),
)
def start_workflow_for_event(
    event_id: EventId, given: StartDep, context: ContextDep, caller: CallerDep, session: SessionDep
) -> Response:
    """Start a workflow for an event of the past, whatever its trigger is; once ever for each workflow."""
    with session.begin():
        require_visible(session, caller, "Workflow", given.workflow_id)
        workflow = workflows.get_workflow(session, given.workflow_id)
        event = event_lists.get_event(session, event_id)
    grace = context.settings.wake_up_grace
    deed = Deed(caller, "fire", "event", event.id, {"workflow_id": workflow.id})
    firing = fire_events(context.engine, [event.id], workflow.id, backtest_id=None, step=0.0, grace=grace, deed=deed)
    _dispatch(context, firing, 0)
    if firing.errors:
        raise Conflict(firing.errors[0][1])
    if not firing.started:
        raise Conflict(
            f"Event {event.id} was given to the workflow {workflow.name} before; GET /events/{event.id}/explain"
            f"?workflow_id={workflow.id} shows what became of it."
        )
    return respond({**_show_started(firing.started[0]), "workflow_id": workflow.id}, 201)
