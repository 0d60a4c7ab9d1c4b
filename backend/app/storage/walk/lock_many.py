"""The locks of several executions, read together with the steps and join counts that a transaction needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from app.storage.database import Cursor, is_idle
from app.storage.json_text import write_document
from app.storage.prepared import PreparedStatement
from app.storage.rows import FoundStep
from app.storage.walk.lock import STEP, LockedExecution, read_origin


class Wanted(NamedTuple):
    """What is read with the lock of one execution; the fields are the arguments of ``lock_execution``."""

    names: Sequence[tuple[str | None, int | None]] = ((None, None),)
    joins: Sequence[str] = ()
    first: bool = False


def _hold(name: str, skipping: str) -> PreparedStatement:
    return PreparedStatement(
        name,
        {"executions": "uuid[]"},
        "SELECT count(*) FROM (SELECT id FROM unnest(%(executions)s) AS id ORDER BY id) wanted"
        f" CROSS JOIN LATERAL (SELECT 1 FROM executions e WHERE e.id = wanted.id FOR UPDATE{skipping}) held",
    )


_HOLD = {False: _hold("hold_executions", ""), True: _hold("hold_free_executions", " SKIP LOCKED")}


# An execution that this transaction has locked has the transaction's number in xmax: a lock FOR UPDATE has one holder.
# Columns that the steps of one execution share are returned with the first of them. LATERAL with OFFSET makes each
# lookup a search by key, whatever Postgres believed about the size of the tables when it planned this.
_READ = PreparedStatement(
    "read_executions",
    {"names": "json"},
    f"""
SELECT name.execution, e.status, e.closing, e.open_steps, e.loop_visits, t.counts, e.lane, e.queued,
       e.woken_at IS NOT NULL, e.version, {STEP},
       o.workflow_id, o.version, o.payload, o.depth, o.fan_out_id, o.inline_path, o.given_input,
       o.event_id, o.external_id, o.type, o.source, o.time, o.attributes, o.received_at
FROM json_to_recordset(%(names)s)
    AS name (position int, execution uuid, node text, visit int, joins text[], origin bool)
CROSS JOIN LATERAL (
    SELECT * FROM executions WHERE id = name.execution AND xmax = pg_current_xact_id()::xid OFFSET 0
) e
LEFT JOIN LATERAL (
    SELECT * FROM steps
    WHERE execution_id = name.execution AND node_id = name.node AND visit = coalesce(name.visit, visit)
    ORDER BY visit DESC, attempt DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(key, taken, skipped, settled, deferred_exits)) AS counts FROM join_counts
    WHERE execution_id = name.execution AND scope = '' AND key = ANY(name.joins)
) t ON name.joins IS NOT NULL
LEFT JOIN LATERAL (
    SELECT e.workflow_id, e.version, e.payload, e.depth, e.fan_out_id, e.inline_path, e.given_input,
           v.id AS event_id, v.external_id, v.type, v.source, v.time, v.attributes, v.received_at
    FROM (SELECT) one LEFT JOIN events v ON v.id = e.event_id OFFSET 0
) o ON name.origin
ORDER BY name.position""",
)


def lock_many(cursor: Cursor, wanted: Mapping[str, Wanted], *, skip_locked: bool = True) -> dict[str, LockedExecution]:
    """
    Hold several executions in one transaction, locked in the order of their ids, in one round trip.

    Those that do not exist are left out, and those that others hold, unless ``skip_locked`` is False: then they are
    waited for. Opens a transaction where none is open; it stays open, also where nothing is held.
    """
    statement = _READ.text(cursor, {"names": _names(wanted)})
    hold = _HOLD[skip_locked].text(cursor, {"executions": list(wanted)})
    # Two statements, so that the second one sees what the last holders of the locks committed.
    cursor.execute(b";".join([*([b"BEGIN"] if is_idle(cursor) else []), hold, statement]))
    by_execution = groupby(cursor.fetchall(), key=lambda row: row[0])
    return {id: _read(wanted[id], [row[1:] for row in rows]) for id, rows in by_execution}


def _names(wanted: Mapping[str, Wanted]) -> str:
    names: list[dict[str, Any]] = []
    for id, each in wanted.items():
        for number, (node, visit) in enumerate(each.names):
            name = {"position": len(names), "execution": id, "node": node, "visit": visit}
            shared = {} if number else {"joins": each.joins or None, "origin": each.first}
            names.append({**name, **shared})
    return write_document(names)


def _read(wanted: Wanted, rows: Sequence[tuple[Any, ...]]) -> LockedExecution:
    status, closing, open_steps, visits, counts, lane, queued, woken, version = rows[0][:9]
    steps = tuple(FoundStep(*row[9:28]) if row[9] is not None else None for row in rows)
    joins = {(count[0], ""): tuple(count[1:]) for count in counts or ()}
    origin = read_origin(*rows[0][28:]) if wanted.first else None
    return LockedExecution(
        *(status, closing, open_steps, visits or {}, steps, joins, frozenset(wanted.joins), lane, queued, woken),
        *(version, origin),
    )
