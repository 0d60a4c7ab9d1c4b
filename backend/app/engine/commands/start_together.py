"""Start several executions by hand: bind the parameters of each, and create them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.commands.start import StartedWorkflow, fetch_parameters
from app.engine.commands.together import prepare_each, write_together
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import wake_executions
from app.flow_control.limits import limits_of
from app.flow_control.spec import read_flow
from app.graph.parameters import bind
from app.storage import starting
from app.storage.access.audit import Actor
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
    grace = context.config.grace
    with driver(context.engine) as connection, connection.cursor() as cursor:
        new, errors = prepare_each(starts, lambda start: _prepare(context, cursor, start))
        created = write_together(lambda: create_executions(cursor, list(new.values()), grace=grace)) if new else {}
    outcomes: list[Outcome] = [errors.get(place) for place in range(len(starts))]
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
