"""The executions that a command to many is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.execution_filters import Filter, restrict
from app.storage.models.executions import Execution
from app.storage.pages import Page
from app.storage.statuses import ExecutionStatus

#: Executions of one request.
MOST_AT_ONCE = 500


class Candidates(NamedTuple):
    """Executions that fit, newest first, and whether there are more than one request takes."""

    ids: Sequence[str]
    more: bool


def find_candidates(session: Session, wanted: Filter, statuses: tuple[ExecutionStatus, ...]) -> Candidates:
    """The newest executions that fit the filter and have one of these statuses. Raises InvalidInput."""
    page, id = Page(limit=MOST_AT_ONCE), Execution.__table__.c.id
    query = page.of(restrict(session, select(Execution.id), wanted.with_statuses(statuses), page), id)
    found = page.cut(session.scalars(query).all())
    return Candidates(found.rows, found.more)
