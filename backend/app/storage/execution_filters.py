"""Which executions a list shows: conditions that are searches in an index, however much there is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, and_, cast, func, literal, not_, or_, select, true, union_all
from sqlalchemy.orm import Session

from app.errors import InvalidInput
from app.storage.access.visibility import in_visible_workflow
from app.storage.ids import NOBODY, id_range_of, least_id_at, parse_id
from app.storage.models.base import Id
from app.storage.models.events import GatheredEvent
from app.storage.models.executions import Execution
from app.storage.models.waiting import FanOut
from app.storage.models.workflows import Workflow
from app.storage.pages import Page
from app.storage.statuses import ExecutionStatus

#: Workflows whose names may have a text that is searched for.
MOST_NAMED = 200
#: The beginning of an id.
_ID = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}", re.IGNORECASE)


@dataclass(frozen=True)
class Filter:
    """Which executions are asked for; None: any."""

    workflow_id: str | None = None
    status: ExecutionStatus | None = None
    event_id: str | None = None
    #: The execution whose children are asked for.
    parent_id: str | None = None
    #: The execution whose forks are asked for.
    forked_from: str | None = None
    #: True: tests; False: all others; None: both.
    is_test: bool | None = False
    #: The lane that they run in, or have run in.
    lane: str | None = None
    #: The beginning of the names of their workflows.
    workflow_prefix: str | None = None
    #: Several statuses, any of which they have.
    statuses: tuple[ExecutionStatus, ...] = ()
    #: Those that were created since then, and before then.
    since: datetime | None = None
    until: datetime | None = None
    #: A part of the names of their workflows, or at least the first 8 characters of their ids.
    q: str | None = None
    #: The newest that is looked at.
    up_to: str | None = None

    @cached_property
    def name_part(self) -> str | None:
        """The part of a name in ``q``, if it is not the beginning of an id."""
        return None if self.q is None or _ID.fullmatch(self.q) else self.q

    def with_status(self, status: ExecutionStatus | None) -> Filter:
        return replace(self, status=status, statuses=())

    def with_statuses(self, statuses: tuple[ExecutionStatus, ...]) -> Filter:
        """The filter for any of these statuses; none: for all."""
        if len(statuses) < 2:
            return self.with_status(statuses[0] if statuses else None)
        return replace(self, status=None, statuses=statuses)

    def by_kind(self) -> tuple[Filter, ...]:
        """A filter for each kind that is asked for: no index has tests and all others together."""
        return tuple(replace(self, is_test=kind) for kind in (False, True)) if self.is_test is None else (self,)


def restrict(session: Session, query: Any, wanted: Filter, page: Page) -> Any:
    """
    The query for what a page may show. Raises InvalidInput.

    Several statuses, workflows and kinds are asked for one by one and put together, because no index has the newest of
    all of them together.
    """
    named = find_named(session, wanted)
    kinds = wanted.by_kind()
    if named is None and not wanted.statuses and len(kinds) == 1:
        return filter_executions(session, query, wanted)
    parts = [
        _page_of_part(session, kind.with_status(status), named, page)
        for kind in kinds
        for status in wanted.statuses or (wanted.status,)
    ]
    ids = select(union_all(*(select(part.c.id) for part in parts)).subquery().c.id)
    return query.where(Execution.id.in_(session.scalars(ids).all()))


def _page_of_part(session: Session, wanted: Filter, named: Sequence[str] | None, page: Page) -> Any:
    """The newest ids with one status, of all workflows or of each of these."""
    found = page.of(filter_executions(session, select(Execution.id), wanted), Execution.__table__.c.id)
    return found.subquery() if named is None else of_each(found, named)


def of_each(found: Any, workflow_ids: Sequence[str]) -> Any:
    """The rows that a query of executions finds for each of these workflows, together."""
    each = select(func.unnest(cast(literal(list(workflow_ids), ARRAY(Id)), ARRAY(Id))).label("id")).subquery("named")
    inside = found.where(Execution.workflow_id == each.c.id).correlate(each).lateral()
    return select(*inside.c).select_from(each).join(inside, true()).subquery()


def find_named(session: Session, wanted: Filter) -> Sequence[str] | None:
    """The workflows, also deleted ones, whose names the filter asks for; None: it does not. Raises InvalidInput."""
    part = wanted.name_part
    if part is None:
        return None
    query: Any = select(Workflow.id).where(func.strpos(func.lower(Workflow.name), part.lower()) > 0)
    if wanted.workflow_prefix is not None:
        query = query.where(func.starts_with(Workflow.name, wanted.workflow_prefix))
    found = session.scalars(query.order_by(Workflow.__table__.c.id.desc()).limit(MOST_NAMED + 1)).all()
    if len(found) > MOST_NAMED:
        raise InvalidInput(
            f"q is {part[:100]!r}, which is in the names of more than {MOST_NAMED} workflows; write more of the name."
        )
    return found


def filter_executions(session: Session, query: Any, wanted: Filter) -> Any:
    """A graph in place is a part of its parent, so its executions are listed where the parent's children are."""
    if wanted.parent_id is not None:
        # Asked first: by their ids Postgres knows how many children these have, and where to find the newest.
        steps = select(FanOut.id).where(FanOut.execution_id == (parse_id(wanted.parent_id) or NOBODY))
        query = query.where(Execution.fan_out_id.in_(session.scalars(steps).all()))
    elif wanted.is_test:
        query = query.where(Execution.test.is_not(None), cast(Execution.inline_path, Text) == "[]")
    elif wanted.forked_from is None:
        query = query.where(Execution.inline_path.is_(None))
    if wanted.workflow_id is not None:
        query = query.where(Execution.workflow_id == (parse_id(wanted.workflow_id) or NOBODY))
    if wanted.forked_from is not None:
        query = query.where(Execution.forked_from == (parse_id(wanted.forked_from) or NOBODY))
    if wanted.status is not None:
        query = query.where(_has_status(wanted.status))
    if wanted.event_id is not None:
        event_id = parse_id(wanted.event_id) or NOBODY
        gathered = session.scalars(select(GatheredEvent.execution_id).where(GatheredEvent.event_id == event_id)).all()
        by_event: Any = Execution.event_id == event_id
        query = query.where(or_(by_event, Execution.id.in_(gathered)) if gathered else by_event)
    if wanted.workflow_prefix is not None:
        query = query.where(in_visible_workflow(Execution.workflow_id, wanted.workflow_prefix))
    if wanted.lane is not None:
        query = query.where(Execution.lane == wanted.lane)
    return query.where(*_id_bounds(wanted))


def _id_bounds(wanted: Filter) -> list[ColumnElement[bool]]:
    """The time of an execution is in its id, so that no other index has to know it."""
    id = Execution.__table__.c.id
    bounds: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        bounds.append(id >= least_id_at(wanted.since))
    if wanted.until is not None:
        bounds.append(id < least_id_at(wanted.until))
    if wanted.up_to is not None:
        bounds.append(id <= (parse_id(wanted.up_to) or NOBODY))
    if wanted.q is not None and wanted.name_part is None:
        first, last = id_range_of(wanted.q)
        bounds += [id >= first, id <= last]
    return bounds


#: A retried execution waits for its slot with the status RUNNING; like every queued one, it is shown as PENDING.
WAITS_AGAIN = and_(Execution.queued, Execution.status == ExecutionStatus.RUNNING.value)


def _has_status(status: ExecutionStatus) -> ColumnElement[bool]:
    """The condition for executions that are shown with this status."""
    stored = Execution.status == status.value
    if status is ExecutionStatus.PENDING:
        return or_(stored, WAITS_AGAIN)
    return and_(stored, not_(Execution.queued)) if status is ExecutionStatus.RUNNING else stored
