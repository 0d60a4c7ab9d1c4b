"""Claims on steps, while handlers run."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2.extras import execute_values
from sqlalchemy import Engine

from app.storage.database import driver

# The number of the claim alone decides: a step that became READY because its lease expired, and that nobody has claimed
# since, is RUNNING again. A new claim raises the number.
_RENEW = """
UPDATE steps s SET status = 'RUNNING', next_check_at = clock_timestamp() + {lease} * interval '1 second'
FROM (VALUES %s) AS held (execution_id, node_id, visit, attempt, claim)
WHERE s.execution_id = held.execution_id::uuid AND s.node_id = held.node_id AND s.visit = held.visit
  AND s.attempt = held.attempt AND s.claim = held.claim AND s.status IN ('RUNNING', 'READY')"""


def renew_claims(engine: Engine, held: Sequence[tuple[str, str, int, int, int]], *, lease: float) -> None:
    """Renew claims (execution, node, visit, attempt, number) for ``lease`` seconds."""
    with driver(engine) as connection, connection.cursor() as cursor:
        execute_values(cursor, _RENEW.format(lease=float(lease)), held, page_size=len(held))
