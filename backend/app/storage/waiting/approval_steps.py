"""Approvals as the walk writes them with the steps that wait for them."""

from __future__ import annotations

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
