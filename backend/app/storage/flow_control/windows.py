"""
Windows: events collected for one workflow, each in a row, until one execution starts with all of them.

A transaction that adds an event to a window, or closes it, locks its row first; windows are locked after the catalog
and before lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from app.storage.database import Cursor

#: Events that one execution is given, at most.
MOST_EVENTS = 1000
#: Bytes of what one execution is given, at most, unless a single event is larger.
MOST_BYTES = 900_000


@dataclass(frozen=True)
class Window:
    """A window as an arriving event describes it."""

    name: str
    workflow_id: str
    #: Seconds until it closes: from the first event, or from the last where there is a ``max_period``.
    period: float
    #: Events with which it closes at once.
    size: int
    #: Seconds from the first event after which it closes, even if events still arrive.
    max_period: float | None = None

    @property
    def reason(self) -> str:
        """The member of a workflow that the window comes from, which its name begins with."""
        return self.name.partition("/")[0]


def closing_time(window: Window, *, opened_at: datetime, last_at: datetime, events: int, bytes: int) -> datetime:
    """When a window closes in which ``events`` have arrived, the last one at ``last_at``; the same as ``_CLOSES``."""
    if events >= window.size or bytes >= MOST_BYTES:
        return last_at
    period = timedelta(seconds=window.period)
    if window.max_period is None:
        return opened_at + period
    if window.max_period == float("inf"):
        return last_at + period
    return min(last_at + period, opened_at + timedelta(seconds=window.max_period))


@dataclass(frozen=True)
class Taken:
    """The events that a closed window gives to one execution."""

    workflow_id: str
    #: In the order of arrival; payloads as JSON text.
    event_ids: list[str]
    payloads: list[str]
    #: True where the last event is too large to be in the payload twice.
    is_large: bool


_ENTER = """
INSERT INTO windows AS known (name, workflow_id, period, max_period, size)
SELECT name, workflow_id, period, max_period, size
FROM unnest(%(names)s::text[], %(workflows)s::uuid[], %(periods)s::float8[], %(max_periods)s::float8[],
            %(sizes)s::int[]) AS described (name, workflow_id, period, max_period, size) ORDER BY 1
ON CONFLICT (name) DO UPDATE SET period = excluded.period, max_period = excluded.max_period, size = excluded.size
"""


def enter_windows(cursor: Cursor, windows: Sequence[Window]) -> None:
    """Lock these windows, inside an open transaction, to add one event to each."""
    values = {
        "names": [window.name for window in windows],
        "workflows": [window.workflow_id for window in windows],
        "periods": [window.period for window in windows],
        "max_periods": [window.max_period for window in windows],
        "sizes": [window.size for window in windows],
    }
    cursor.execute(_ENTER, values)


# Infinity is a number for Postgres, but not an interval.
_CLOSES = f"""
CASE WHEN events >= size OR bytes >= {MOST_BYTES} THEN clock_timestamp()
     WHEN max_period IS NULL THEN opened_at + period * interval '1 second'
     WHEN max_period = 'infinity' THEN %(last)s + period * interval '1 second'
     ELSE least(%(last)s + period * interval '1 second', opened_at + max_period * interval '1 second') END
"""
_GATHER = f"""
INSERT INTO window_events (window_name, event_id, bytes)
SELECT name, %(event)s, %(bytes)s FROM unnest(%(names)s::text[]) AS name;
UPDATE windows SET events = events + 1, bytes = bytes + %(bytes)s,
    opened_at = CASE WHEN events = 0 THEN clock_timestamp() ELSE opened_at END
WHERE name = ANY(%(names)s);
UPDATE windows SET closes_at = CASE WHEN events > 1 AND closes_at <= clock_timestamp() THEN closes_at
    ELSE {_CLOSES.replace("%(last)s", "clock_timestamp()")} END WHERE name = ANY(%(names)s)
RETURNING name, closes_at <= clock_timestamp()
"""


def add_event(cursor: Cursor, names: Sequence[str], event_id: str, *, size: int) -> list[str]:
    """Add an event of ``size`` bytes to windows that are locked; returns those that are full now and close at once."""
    cursor.execute(_GATHER, {"names": list(names), "event": event_id, "bytes": size})
    return [name for name, is_full in cursor.fetchall() if is_full]


def close_early(cursor: Cursor, workflow_id: str) -> None:
    """Have the windows of a workflow close at once; the caller holds the catalog."""
    cursor.execute(
        "UPDATE windows SET closes_at = clock_timestamp() WHERE name IN ("
        "SELECT name FROM windows WHERE workflow_id = %s ORDER BY name FOR UPDATE)",
        (workflow_id,),
    )


_NEXT = """
SELECT name FROM windows WHERE closes_at <= statement_timestamp() AND NOT (name = ANY(%s))
ORDER BY closes_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""


def lock_next_window(cursor: Cursor, *, but: Sequence[str] = ()) -> str | None:
    """Lock the next window whose time has come, inside an open transaction; None where there is none, ``but`` aside."""
    cursor.execute(_NEXT, (list(but),))
    row = cursor.fetchone()
    return row[0] if row else None


_HOLD = """
SELECT workflow_id, size FROM windows WHERE name = %s AND closes_at <= clock_timestamp() FOR UPDATE SKIP LOCKED
"""
# No more payloads are read than fit, and one at least.
_HEAD = """
SELECT g.seq, g.event_id, g.bytes, v.payload::text
FROM (
    SELECT *, sum(bytes) OVER (ORDER BY seq) AS total FROM (
        SELECT * FROM window_events WHERE window_name = %(name)s ORDER BY seq LIMIT %(size)s
    ) first
) g JOIN events v ON v.id = g.event_id
WHERE g.total <= %(most)s OR g.total = g.bytes ORDER BY g.seq
"""
# The events that are left form a window of their own, with their own times.
_REST = f"""
DELETE FROM window_events WHERE window_name = %(name)s AND seq <= %(seq)s;
DELETE FROM windows WHERE name = %(name)s AND NOT EXISTS (SELECT FROM window_events WHERE window_name = %(name)s);
UPDATE windows SET events = rest.count, bytes = rest.sum, opened_at = rest.first
FROM (SELECT count(*), sum(bytes), min(added_at) AS first FROM window_events WHERE window_name = %(name)s) rest
WHERE name = %(name)s;
UPDATE windows SET closes_at = {_CLOSES.replace("%(last)s", "rest.last")}
FROM (SELECT max(added_at) AS last FROM window_events WHERE window_name = %(name)s) rest WHERE name = %(name)s
"""


def take_window(cursor: Cursor, name: str) -> Taken | None:
    """Close a window whose time has come, inside an open transaction; None where another one has closed or holds it."""
    cursor.execute(_HOLD, (name,))
    found = cursor.fetchone()
    if found is None:
        return None
    workflow_id, size = found
    cursor.execute(_HEAD, {"name": name, "size": size, "most": MOST_BYTES})
    head = _fitting([_WindowEvent(*row) for row in cursor.fetchall()])
    cursor.execute(_REST, {"name": name, "seq": head[-1].seq if head else 0})
    is_large = bool(head) and head[-1].bytes > MOST_BYTES // 2
    return Taken(workflow_id, [event.id for event in head], [event.payload for event in head], is_large)


class _WindowEvent(NamedTuple):
    seq: int
    id: str
    bytes: int
    #: JSON text.
    payload: str


def _fitting(events: Sequence[_WindowEvent]) -> Sequence[_WindowEvent]:
    """As many events as one payload holds, which contains the last of them twice; at least one."""
    total = 0
    for count, event in enumerate(events):
        total += event.bytes
        if count and total + event.bytes > MOST_BYTES:
            return events[:count]
    return events


def window_payload(taken: Taken) -> str:
    """The payload of the execution: all events in order, and the last one again, unless it is too large."""
    last = "null" if taken.is_large else taken.payloads[-1]
    ids = ",".join(f'"{id}"' for id in taken.event_ids)
    return f'{{"events":[{",".join(taken.payloads)}],"event":{last},"event_ids":[{ids}]}}'
