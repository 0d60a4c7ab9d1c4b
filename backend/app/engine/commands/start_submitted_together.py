"""Start several executions that were submitted before: bind the parameters of each, and start them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.commands.start import StartedExecution, fetch_parameters
from app.engine.commands.together import prepare_each, write_together
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import wake_executions
from app.flow_control.limits import limits_of
from app.flow_control.spec import read_flow
from app.graph.parameters import bind
from app.storage import starting
from app.storage.access.audit import Actor
from app.storage.database import Cursor, driver
from app.storage.json_text import JsonText, dumps
from app.storage.start_groups import SubmittedStart, start_all_submitted
from app.storage.starting import Created, Submitted
from app.storage.statuses import ExecutionStatus


@dataclass(frozen=True)
class StartSubmitted:
    """A request to start an execution that was submitted, with these parameters."""

    execution_id: str
    given: Mapping[str, Any]
    #: The caller that the audit records; None: it records nothing.
    actor: Actor | None
    #: Characters of the parameters as JSON, about.
    size: int


#: What became of one request of a group; None: nothing was started, and it is to be started alone.
Outcome = StartedExecution | Exception | None


def start_submitted_together(context: EngineContext, starts: Sequence[StartSubmitted]) -> Sequence[Outcome]:
    """
    Start executions that were submitted, in two statements. One request does not spoil the others.

    To be started alone is left what enters a lane, what was started before, of which another one may be created, and
    what others hold; a second request for the same execution; and each of them where Postgres refuses them together.
    Raises psycopg2.Error where Postgres is not available.
    """
    grace = context.config.grace
    with driver(context.engine) as connection, connection.cursor() as cursor:
        found = starting.fetch_all_submitted(cursor, [each.execution_id for each in starts])
        ready, errors = prepare_each(starts, lambda each: _prepare(context, cursor, found, each))
        first = {each.id: place for place, each in reversed(ready.items())}
        chosen = [ready[place] for place in first.values()]
        started = write_together(lambda: start_all_submitted(cursor, chosen, grace=grace)) if chosen else {}
    outcomes: list[Outcome] = [errors.get(place) for place in range(len(starts))]
    for id, created_at in started.items():
        outcomes[first[id]] = StartedExecution(Created(id, queued=False, created_at=created_at), wake_executions([id]))
    return outcomes


def _prepare(
    context: EngineContext, cursor: Cursor, found: Mapping[str, Submitted], start: StartSubmitted
) -> SubmittedStart | None:
    """The execution to start; None where that is more than to start it. Raises NotFound, InvalidParameters."""
    execution = starting.require_submitted(found, start.execution_id)
    workflow, inside = execution.workflow, tuple(execution.inline_path or ())
    payload = bind(fetch_parameters(context, cursor, workflow.id, execution.version, inside), start.given)
    if execution.status != ExecutionStatus.PENDING or limits_of(workflow.id, read_flow(workflow.flow), payload).lanes:
        return None
    return SubmittedStart(execution.id, JsonText(dumps(payload)), start.actor)
