"""
Descendants: how many executions one execution has led to, so that their number can be limited.

An execution that was not started by a step of another one is a root. Its descendants are the children of its steps, the
executions that its events started, and all of theirs. They are counted when they are planned, by one row of a few for
each root: transactions of different executions seldom wait for each other's count, and the sum of rows is one short
read.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.storage.database import Cursor, fetch_row

#: Rows that the count of one root is spread over.
SLOTS = 16


def count_descendants(given: str) -> str:
    """SQL that adds to the counts; ``given`` is SQL for rows ``root_id, execution_id, number``."""
    return f"""
INSERT INTO descendants AS d (root_id, slot, number)
SELECT root_id, mod(abs(hashtext(execution_id::text)::bigint), {SLOTS}), sum(number) FROM ({given}) given
WHERE root_id IS NOT NULL GROUP BY 1, 2 HAVING sum(number) > 0 ORDER BY 1, 2
ON CONFLICT (root_id, slot) DO UPDATE SET number = d.number + excluded.number"""


#: Counts the children of new fan-outs, of any executions, in the order of their roots. Those of an attempt before that
#: were taken over are counted already.
COUNT_CHILDREN = count_descendants(
    "SELECT root_id, execution_id, total - ended AS number FROM fan_outs WHERE id = ANY(%(fan_outs)s::uuid[])"
)
_FETCH = """
SELECT r.root_id, (SELECT coalesce(sum(d.number), 0)::bigint FROM descendants d WHERE d.root_id = r.root_id)
FROM (SELECT coalesce(root_id, id) AS root_id FROM executions WHERE id = %s) r"""


def text_of_counts(cursor: Cursor, fan_outs: Sequence[str]) -> bytes:
    """The statement that counts the children of these new fan-outs."""
    return cursor.mogrify(COUNT_CHILDREN, {"fan_outs": list(fan_outs)})


def fetch_descendants(cursor: Cursor, execution_id: str) -> tuple[str, int]:
    """The root of an execution, and the number of descendants that it has."""
    cursor.execute(_FETCH, (execution_id,))
    root, number = fetch_row(cursor)
    return root, number
