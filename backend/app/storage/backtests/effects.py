"""What executions of the past did, for the report of a backtest."""

from __future__ import annotations

from typing import Any

from app.storage.database import Cursor, fetch_row

#: Executions of a workflow that are measured.
MOST_MEASURED = 1_000

_LOST = """
SELECT x.status, count(*) FROM backtest_parts p CROSS JOIN unnest(p.event_ids) AS lost (id)
JOIN executions x ON x.event_id = lost.id AND x.workflow_id = %s AND x.test IS NULL
WHERE p.backtest_id = %s AND p.kind = 'lost' GROUP BY x.status ORDER BY x.status
"""


def count_lost(cursor: Cursor, backtest_id: str, workflow_id: str | None) -> dict[str, int]:
    """The executions that the workflow started for the lost events, by their status."""
    if workflow_id is None:
        return {}
    cursor.execute(_LOST, (workflow_id, backtest_id))
    return dict(cursor.fetchall())


# A step that was claimed has an effect outside of Trigraph; a pure one needs no claim.
_MEASURED = """
WITH recent AS (
    SELECT id FROM executions WHERE workflow_id = %s AND inline_path IS NULL AND status = 'COMPLETED'
    ORDER BY id DESC LIMIT %s
), measured AS (
    SELECT r.id, count(s.id) FILTER (WHERE s.status = 'COMPLETED') AS steps,
           count(s.id) FILTER (WHERE s.claim > 0) AS effects,
           coalesce(sum(CASE WHEN s.used ~ '^[0-9]{1,12}$' THEN s.used::bigint END), 0)::bigint AS tokens
    FROM recent r LEFT JOIN LATERAL (
        SELECT id, status, claim, CASE WHEN type = 'llm' THEN output #>> '{usage,total_tokens}' END AS used
        FROM steps WHERE execution_id = r.id
    ) s ON true GROUP BY r.id
)
SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY steps),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY effects), percentile_disc(0.5) WITHIN GROUP (ORDER BY tokens)
FROM measured
"""


def measure_executions(cursor: Cursor, workflow_id: str | None) -> dict[str, Any] | None:
    """
    The medians of the newest completed executions of a workflow: steps, effects, tokens of language models.

    None if there are none.
    """
    if workflow_id is None:
        return None
    cursor.execute(_MEASURED, (workflow_id, MOST_MEASURED))
    count, steps, effects, tokens = fetch_row(cursor)
    return {"executions": count, "steps": steps, "effects": effects, "tokens": tokens} if count else None
