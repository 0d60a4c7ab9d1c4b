"""Start several executions by hand: bind the parameters of each, and create them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2

from app.engine.commands.start import StartedWorkflow, fetch_parameters
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import wake_executions
from app.errors import TrigraphError
from app.flow_control.limits import limits_of
from app.flow_control.spec import read_flow
from app.graph.parameters import bind
from app.storage import starting
from app.storage.access.audit import Actor
from app.storage.availability import is_unreachable
from app.storage.database import Cursor, driver
from app.storage.ids import new_id
from app.storage.json_text import JsonText, dumps
from app.storage.start_groups import NewExecution, create_executions
from app.storage.starting import Created


@dataclass(frozen=True)
class Start:
    """A request to start the newest version of a workflow with these parameters."""

    workflow_id: str
    given: Mapping[str, Any]
    #: The caller that the audit records; None: it records nothing.
    actor: Actor | None
    #: Characters of the parameters as JSON, about.
    size: int


#: What became of one request of a group; None: nothing was started, and it is to be started alone.
Outcome = StartedWorkflow | Exception | None


def start_together(context: EngineContext, starts: Sequence[Start]) -> Sequence[Outcome]:
    """
    Start workflows: one statement, however many there are. One request does not spoil the others.

    To be started alone is left what enters a lane, whose lock others may hold; what was saved or deleted meanwhile; and
    each of them where Postgres refuses them together. Raises psycopg2.Error where Postgres is not available.
    """
    outcomes: list[Outcome] = [None] * len(starts)
    new: dict[int, NewExecution] = {}
    with driver(context.engine) as connection, connection.cursor() as cursor:
        for place, start in enumerate(starts):
            try:
                execution = _prepare(context, cursor, start)
            except TrigraphError as error:
                outcomes[place] = error
                continue
            if execution is not None:
                new[place] = execution
        try:
            created = create_executions(cursor, list(new.values()), grace=context.config.grace) if new else {}
        except psycopg2.Error as error:
            if is_unreachable(error):
                raise
            # One of them is to blame: each is started alone, so that the others are not refused with it.
            created = {}
    for place, each in new.items():
        if each.id in created:
            row = Created(each.id, queued=False, created_at=created[each.id])
            outcomes[place] = StartedWorkflow(row, wake_executions([each.id]), each.workflow, each.payload)
    return outcomes


def _prepare(context: EngineContext, cursor: Cursor, start: Start) -> NewExecution | None:
    """The execution to create; None where it enters a lane. Raises NotFound, InvalidParameters."""
    workflow = context.workflows.newest(start.workflow_id)
    if workflow is None:
        workflow = starting.fetch_startable(cursor, start.workflow_id)
        context.workflows.remember(start.workflow_id, workflow)
    payload = bind(fetch_parameters(context, cursor, workflow.id, workflow.version), start.given)
    if limits_of(workflow.id, read_flow(workflow.flow), payload).lanes:
        return None
    return NewExecution(new_id(), workflow, JsonText(dumps(payload)), start.actor)
