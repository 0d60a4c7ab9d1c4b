"""Start several workflows that requests have sent along, in their lane, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from app.engine.commands.start import StartedExecution, aftermath_of
from app.engine.commands.together import write_together
from app.engine.config import EngineContext
from app.flow_control.limits import FlowLimits
from app.storage.access.audit import Actor
from app.storage.database import driver
from app.storage.flow_control.lanes import Lane
from app.storage.ids import new_id
from app.storage.start_groups import LaneStart, create_in_lane
from app.storage.workflow_draft import WorkflowDraft
from app.storage.workflows import find_all_submitted


@dataclass(frozen=True)
class Submission:
    """A request to save a workflow, unless its newest version is the same, and to start it in a lane."""

    draft: WorkflowDraft
    lane: Lane
    priority: int
    #: The caller that the audit records; None: it records nothing.
    actor: Actor | None
    #: Characters of the workflow as JSON, about.
    size: int


#: What became of one request of a group; None: nothing was started, and it is to be done alone.
Outcome = StartedExecution | None


def submit_together(context: EngineContext, submissions: Sequence[Submission]) -> Sequence[Outcome]:
    """
    Start the workflows that are saved already, in one transaction for each lane, which is locked once.

    To be done alone is left what has to be saved first, what the lane drops, and each of them where Postgres refuses
    them together. Raises psycopg2.Error where Postgres is not available.
    """
    outcomes: list[Outcome] = [None] * len(submissions)
    new: dict[Lane, dict[int, LaneStart]] = {}
    with driver(context.engine) as connection, connection.cursor() as cursor:
        saved = find_all_submitted(cursor, [each.draft for each in submissions])
        for place, (each, workflow) in enumerate(zip(submissions, saved, strict=True)):
            if workflow is not None:
                start = LaneStart(new_id(), workflow, each.priority, each.actor)
                new.setdefault(each.lane, {})[place] = start
        for lane, starts in new.items():
            write = partial(create_in_lane, cursor, lane, list(starts.values()), grace=context.config.grace)
            created = write_together(write)
            for place, start in starts.items():
                if start.id in created:
                    row = created[start.id]
                    outcomes[place] = StartedExecution(row, aftermath_of(row, FlowLimits(lane=lane)))
    return outcomes
