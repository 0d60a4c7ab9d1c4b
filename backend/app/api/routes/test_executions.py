"""Tests of workflows that need not be saved: executions that count nowhere."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, ContextDep, SessionDep
from app.api.http.bodies import parsed
from app.api.http.responses import respond_object
from app.api.idempotency import KeyedDep, Work, respond_once
from app.api.router import make_router
from app.api.routes.executions import show_execution
from app.api.schemas.common import WorkflowId, body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.executions import ResultRead
from app.api.schemas.test_executions import BeginTestBody, PlannedTestRead
from app.api.views.child_targets import require_visible_targets
from app.api.views.test_executions import data_of, draft_of, show_planned_test, tested_of
from app.engine.definitions.names import KnownNames
from app.storage import executions, workflows
from app.storage.access.audit import record_deed
from app.storage.database import Cursor
from app.storage.orm import cursor_of
from app.storage.secrets import list_names
from app.why.test_execution import PlannedTest, plan_test, start_test

router = make_router("/workflows", tag="workflows")

TestDep = Annotated[BeginTestBody, Depends(parsed(BeginTestBody))]


@router.post(
    "/{workflow_id}/test",
    dependencies=[requires("executions:write"), requires("workflows:write")],
    status_code=201,
    response_model=ResultRead,
    responses={
        200: {"model": PlannedTestRead, "description": "With `dry_run`: what it would run"},
        **errors_of(404, 409),
    },
    openapi_extra=body_of(BeginTestBody),
)
def test_workflow(
    workflow_id: WorkflowId,
    body: TestDep,
    keyed: KeyedDep,
    context: ContextDep,
    caller: CallerDep,
    session: SessionDep,
) -> Response:
    """
    Run a workflow that need not be saved, or a part of it, for real; no list, number, limit or trigger is concerned.

    Workers run it like every other execution, so its nodes have their effects. `GET /executions?kind=test` lists tests.
    """
    engine = context.engine_context

    def plan(cursor: Cursor) -> PlannedTest:
        saved = workflows.get_workflow(session, workflow_id)
        draft = draft_of(body, saved, context, KnownNames(partial(list_names, session)))
        tested = tested_of(body, saved, draft)
        require_visible_targets(cursor, caller, engine.workflows, tested.kind, tested.document)
        return plan_test(cursor, engine, context.registry, tested, data_of(body))

    if body.dry_run:
        return respond_object(show_planned_test(plan(cursor_of(session)), context.registry))

    def start(cursor: Cursor) -> Work:
        planned = plan(cursor)
        test, aftermath = start_test(cursor, engine, planned)
        detail = {"workflow_id": planned.tested.workflow_id, "only": body.only, "until": body.until}
        record_deed(cursor, caller, "test", "execution", test, detail)
        members = {**show_execution(executions.get_execution(session, test)), "result": None, "forks": []}
        return Work(201, members, lambda: context.dispatch(aftermath))

    return respond_once(session, keyed, start)
