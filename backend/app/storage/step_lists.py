"""Steps without their documents: one line for each node of an execution, or one for each step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.storage.database import fetch_row
from app.storage.models.executions import StepRecord
from app.storage.orm import cursor_of
from app.storage.pages import PageOf
from app.storage.statuses import StepStatus


class ListedStep(NamedTuple):
    """A step without its input and output; error is JSON text."""

    id: str
    node_id: str
    type: str
    status: str
    visit: int
    attempt: int
    branch: str | None
    kept: bool
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None
    outcome_is_unknown: bool


@dataclass(frozen=True)
class StepFilter:
    """Which steps are asked for; None: any."""

    node_id: str | None = None
    status: StepStatus | None = None
    visit: int | None = None


def list_step_lines(
    session: Session, execution_id: str, wanted: StepFilter, *, limit: int, offset: int
) -> PageOf[ListedStep]:
    """An execution's steps in the order in which they were started; those that were not started come last."""
    order = (func.coalesce(StepRecord.started_at, StepRecord.finished_at).nulls_last(), StepRecord.seq)
    columns: Any = (
        StepRecord.id,
        StepRecord.node_id,
        StepRecord.type,
        StepRecord.status,
        StepRecord.visit,
        StepRecord.attempt,
        StepRecord.branch,
        StepRecord.kept,
        cast(StepRecord.error, Text),
        StepRecord.created_at,
        StepRecord.started_at,
        StepRecord.finished_at,
        StepRecord.due_at,
        func.coalesce(StepRecord.lost_claim == StepRecord.claim, False),
    )
    query = select(*columns).where(StepRecord.execution_id == execution_id)
    if wanted.node_id is not None:
        query = query.where(StepRecord.node_id == wanted.node_id)
    if wanted.status is not None:
        query = query.where(StepRecord.status == wanted.status.value)
    if wanted.visit is not None:
        query = query.where(StepRecord.visit == wanted.visit)
    rows = session.execute(query.order_by(*order).offset(offset).limit(limit + 1)).all()
    return PageOf([ListedStep(*row) for row in rows[:limit]], len(rows) > limit)


class _Group(NamedTuple):
    """The steps of one node in one status."""

    node_id: str
    type: str
    status: str
    steps: int
    #: The newest of them: its visit and attempt, and the handle that it chose.
    newest: list[int]
    branch: str | None
    first_created_at: datetime
    first_started_at: datetime | None
    last_finished_at: datetime | None


@dataclass(frozen=True)
class NodeLine:
    """The steps of one node of an execution, together."""

    node_id: str
    type: str
    #: The status, and the chosen handle, of its newest step.
    status: str
    branch: str | None
    visits: int
    #: Its steps by status.
    counts: dict[str, int]
    first_created_at: datetime
    first_started_at: datetime | None
    #: When its last step ended; None while one has not.
    last_finished_at: datetime | None


_GROUPS = """
SELECT node_id, min(type), status, count(*), max(ARRAY[visit, attempt]),
       (array_agg(branch ORDER BY visit DESC, attempt DESC))[1], min(created_at), min(started_at), max(finished_at)
FROM steps WHERE execution_id = %s GROUP BY node_id, status"""


def fetch_seq(session: Session) -> int:
    """The ``since`` with which to ask for later changes: whatever this snapshot does not see has it or a higher one."""
    cursor = cursor_of(session)
    cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return int(fetch_row(cursor)[0])


def list_node_lines(session: Session, execution_id: str) -> list[NodeLine]:
    """One line for each node that has a step, in the order in which the nodes were started."""
    cursor = cursor_of(session)
    cursor.execute(_GROUPS, (execution_id,))
    groups: dict[str, list[_Group]] = defaultdict(list)
    for row in cursor.fetchall():
        groups[row[0]].append(_Group(*row))
    return sorted(map(_merge_groups, groups.values()), key=lambda line: line.first_started_at or line.first_created_at)


def _merge_groups(groups: list[_Group]) -> NodeLine:
    newest = max(groups, key=lambda group: group.newest)
    ended = [group.last_finished_at for group in groups]
    return NodeLine(
        node_id=newest.node_id,
        type=newest.type,
        status=newest.status,
        branch=newest.branch,
        visits=newest.newest[0],
        counts={group.status: group.steps for group in groups},
        first_created_at=min(group.first_created_at for group in groups),
        first_started_at=_least(group.first_started_at for group in groups),
        last_finished_at=None if None in ended else max(moment for moment in ended if moment),
    )


def _least(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)
