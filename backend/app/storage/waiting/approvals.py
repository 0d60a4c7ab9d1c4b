"""Approvals: decisions that steps wait for, and those that people have made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.access.audit import Deed, text_of_deed
from app.storage.access.visibility import of_visible_execution
from app.storage.database import Cursor
from app.storage.ids import NOBODY, parse_id
from app.storage.json_text import dumps
from app.storage.models.waiting import Approval
from app.storage.pages import PAGE_BYTES_OF_VALUES, Page, PageOf, bytes_of, choose_ids
from app.storage.statuses import ApprovalStatus

#: Writes a new approval; it is pending while its step waits, and expires when that is due.
INSERT = """
INSERT INTO approvals (id, execution_id, node_id, visit, attempt, status, title, description, context, approvers,
                       needed, expires_at)
SELECT %(id)s::uuid, s.execution_id, s.node_id, s.visit, s.attempt,
       CASE WHEN s.status = 'WAITING' THEN 'PENDING' ELSE 'CANCELLED' END,
       %(title)s::json, %(description)s::json, %(context)s::json, %(approvers)s::json, %(needed)s::int, s.due_at
FROM steps s
WHERE s.execution_id = %(execution_id)s AND s.node_id = %(node_id)s AND s.visit = %(visit)s
  AND s.attempt = %(attempt)s"""

#: Writes the question whether a lost step had its effect; anybody may answer, at any time.
INSERT_OUTCOME = """
INSERT INTO approvals (id, execution_id, node_id, visit, attempt, kind, status, title, description, context, approvers,
                       needed)
SELECT %(id)s::uuid, s.execution_id, s.node_id, s.visit, s.attempt, 'outcome',
       CASE WHEN s.status = 'WAITING' THEN 'PENDING' ELSE 'CANCELLED' END,
       %(title)s::json, %(description)s::json, %(context)s::json, '[]', 1
FROM steps s
WHERE s.execution_id = %(execution_id)s AND s.node_id = %(node_id)s AND s.visit = %(visit)s
  AND s.attempt = %(attempt)s"""

#: Ends the pending approvals of one execution whose steps are not WAITING any more.
RELEASE = """
UPDATE approvals a SET
    status = CASE WHEN s.status = 'CANCELLED' OR a.kind = 'outcome' THEN 'CANCELLED' ELSE 'TIMEOUT' END
FROM steps s
WHERE a.execution_id = %(execution_id)s AND a.status = 'PENDING' AND s.execution_id = a.execution_id
  AND s.node_id = a.node_id AND s.visit = a.visit AND s.attempt = a.attempt AND s.status <> 'WAITING'"""


@dataclass(frozen=True)
class FoundApproval:
    """An approval, as far as a decision needs it."""

    id: str
    execution_id: str
    node_id: str
    visit: int
    attempt: int
    kind: str
    status: str
    approvers: list[str]
    needed: int
    decisions: list[dict[str, Any]]


_FOUND = """
SELECT id, execution_id, node_id, visit, attempt, kind, status, approvers, needed, decisions
FROM approvals WHERE id = %s"""


def find_approval(cursor: Cursor, id: str) -> FoundApproval:
    """The approval with this id. Raises NotFound."""
    cursor.execute(_FOUND, (parse_id(id) or NOBODY,))
    row = cursor.fetchone()
    if row is None:
        raise NotFound.of("Approval", id)
    return FoundApproval(*row)


_OUTCOME_OF_NODE = """
SELECT a.id FROM executions e
LEFT JOIN approvals a ON a.execution_id = e.id AND a.node_id = %(node_id)s AND a.kind = 'outcome'
WHERE e.id = %(execution_id)s ORDER BY a.status = 'PENDING' DESC NULLS LAST, a.id DESC LIMIT 1"""


def find_outcome(cursor: Cursor, execution_id: str, node_id: str) -> str | None:
    """
    The id of the question about the outcome of a node: the one that is pending, else the newest; None: there is none.

    Raises NotFound if there is no such execution.
    """
    cursor.execute(_OUTCOME_OF_NODE, {"execution_id": execution_id, "node_id": node_id})
    row = cursor.fetchone()
    if row is None:
        raise NotFound.of("Execution", execution_id)
    found: str | None = row[0]
    return found


_COLUMNS = [column.name for column in Approval.__table__.columns]
_DECIDE = f"""
UPDATE approvals SET status = %s, decisions = %s,
    responded_at = CASE WHEN %s <> 'PENDING' THEN clock_timestamp() END
WHERE id = %s AND status = 'PENDING' AND json_array_length(decisions) = %s
RETURNING {", ".join(_COLUMNS)}"""


def store_decision(
    cursor: Cursor,
    approval: FoundApproval,
    status: ApprovalStatus,
    decisions: Sequence[dict[str, Any]],
    *,
    deed: Deed | None = None,
) -> Approval | None:
    """
    Store the decisions of an approval, and return it as it is now; None where it was decided since it was read.

    The caller holds the execution. ``deed`` is recorded where the decisions are stored.
    """
    before = len(approval.decisions)
    cursor.execute(_DECIDE, (status.value, dumps(decisions), status.value, approval.id, before))
    row = cursor.fetchone()
    if row is None:
        return None
    if deed is not None:
        cursor.execute(text_of_deed(cursor, deed))
    return Approval(**dict(zip(_COLUMNS, row, strict=True)))


def get_approval(session: Session, id: str) -> Approval:
    """The approval with this id. Raises NotFound."""
    approval = session.get(Approval, parse_id(id) or NOBODY, populate_existing=True)
    if approval is None:
        raise NotFound.of("Approval", id)
    return approval


def list_approvals(
    session: Session,
    page: Page,
    *,
    status: ApprovalStatus | None,
    execution_id: str | None = None,
    workflow_prefix: str | None = None,
) -> PageOf[Approval]:
    """Approvals, newest first; ``status`` None: in any; ``workflow_prefix``: of workflows whose name begins so."""
    id = Approval.__table__.c.id
    query: Any = select(Approval.id, bytes_of(Approval.title, Approval.description, Approval.context))
    if status is not None:
        query = query.where(Approval.status == status.value)
    if execution_id is not None:
        query = query.where(Approval.execution_id == (parse_id(execution_id) or NOBODY))
    if workflow_prefix is not None:
        query = query.where(of_visible_execution(Approval.execution_id, workflow_prefix))
    ids, more = choose_ids(session, page, query, id, most=PAGE_BYTES_OF_VALUES)
    return PageOf(session.scalars(select(Approval).where(id.in_(ids)).order_by(id.desc())).all(), more)
