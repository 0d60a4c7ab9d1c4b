"""Approvals: decisions that steps wait for, and those that people have made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.access.visibility import of_visible_execution
from app.storage.database import Cursor
from app.storage.ids import NOBODY, parse_id
from app.storage.json_text import dumps
from app.storage.models.waiting import Approval
from app.storage.pages import PAGE_BYTES_OF_VALUES, Page, PageOf, bytes_of, choose_ids
from app.storage.prepared import PreparedStatement
from app.storage.statuses import ApprovalStatus


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
FROM approvals WHERE id = ANY(%s::uuid[])"""


def find_approval(cursor: Cursor, id: str) -> FoundApproval:
    """The approval with this id. Raises NotFound."""
    return require_approval(find_approvals(cursor, [id]), id)


def find_approvals(cursor: Cursor, ids: Sequence[str]) -> dict[str, FoundApproval]:
    """Approvals by their ids; those that do not exist are left out."""
    cursor.execute(_FOUND, ([parsed for parsed in map(parse_id, ids) if parsed],))
    return {row[0]: FoundApproval(*row) for row in cursor.fetchall()}


def require_approval(found: Mapping[str, FoundApproval], id: str) -> FoundApproval:
    """One of the approvals that were found. Raises NotFound."""
    approval = found.get(parse_id(id) or NOBODY)
    if approval is None:
        raise NotFound.of("Approval", id)
    return approval


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
_DECIDE = PreparedStatement(
    "decide_approvals",
    {"ids": "uuid[]", "statuses": "text[]", "decisions": "json[]", "before": "int[]"},
    f"""
UPDATE approvals a SET status = d.status, decisions = d.decisions,
    responded_at = CASE WHEN d.status <> 'PENDING' THEN clock_timestamp() END
FROM unnest(%(ids)s, %(statuses)s, %(decisions)s, %(before)s) AS d (id, status, decisions, before)
WHERE a.id = d.id AND a.status = 'PENDING' AND json_array_length(a.decisions) = d.before
RETURNING {", ".join(f"a.{name}" for name in _COLUMNS)}""",
)


class DecidedApproval(NamedTuple):
    """An approval as it was read, and what is to be stored of it."""

    approval: FoundApproval
    status: ApprovalStatus
    decisions: list[dict[str, Any]]


def store_decisions(cursor: Cursor, decided: Sequence[DecidedApproval]) -> dict[str, Approval]:
    """
    Store the decisions of approvals, and return these as they are now, by their ids.

    Those are left out that were decided since they were read. The caller holds their executions.
    """
    values = {
        "ids": [each.approval.id for each in decided],
        "statuses": [each.status.value for each in decided],
        "decisions": [dumps(each.decisions) for each in decided],
        "before": [len(each.approval.decisions) for each in decided],
    }
    _DECIDE.execute(cursor, values)
    stored = [Approval(**dict(zip(_COLUMNS, row, strict=True))) for row in cursor.fetchall()]
    return {approval.id: approval for approval in stored}


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
