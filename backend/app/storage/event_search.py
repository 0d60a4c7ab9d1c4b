"""Events that fit a filter: the newest are looked through, for a bounded time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Text, case, cast, func, select
from sqlalchemy.orm import Session

from app.storage.ids import least_id_at
from app.storage.json_text import loads
from app.storage.models.events import EventRow
from app.storage.pages import Page

#: Seconds that one request looks through events, and events that it reads at a time.
BUDGET = 2.0
BATCH = 500
#: Stored bytes of the largest payload that is looked into.
LARGEST = 64_000

Matched = Literal["none", "yes", "error"]


@dataclass(frozen=True)
class EventFilter:
    """Which events are asked for; None: any."""

    #: ``none``: those that matched no trigger, ``error``: those for which a trigger failed.
    matched: Matched | None = None
    type: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    #: A path such as ``lead.source``, and the value that is there as text.
    path: str | None = None
    value: str | None = None
    #: A text in the payload.
    q: str | None = None

    @property
    def needs_payload(self) -> bool:
        return self.path is not None or self.q is not None

    @property
    def is_bounds_only(self) -> bool:
        """True if only time narrows it, which is a search in the primary key."""
        return not (self.matched or self.type or self.source or self.needs_payload)

    def bounds(self) -> list[Any]:
        """The time of an event is in its id."""
        id = EventRow.__table__.c.id
        since = [] if self.since is None else [id >= least_id_at(self.since)]
        return since + ([] if self.until is None else [id < least_id_at(self.until)])


class FoundEvents(NamedTuple):
    """Ids, newest first, and the event after which the search goes on; None: there are no more."""

    ids: Sequence[str]
    cursor: str | None


def find_events(session: Session, wanted: EventFilter, page: Page) -> FoundEvents:
    """At most a page of the events that fit; fewer, and a cursor, where the time was over."""
    until, after = time.monotonic() + BUDGET, page.after
    found: list[str] = []
    while True:
        rows = session.execute(_batch(wanted, after)).all()
        for row in rows:
            if _fits(wanted, row):
                found.append(row.id)
            if len(found) == page.limit:
                return FoundEvents(found, row.id)
        if len(rows) < BATCH:
            return FoundEvents(found, None)
        after = rows[-1].id
        if time.monotonic() > until:
            return FoundEvents(found, after)


def _batch(wanted: EventFilter, after: str | None) -> Any:
    id = EventRow.__table__.c.id
    payload = case((func.pg_column_size(EventRow.payload) <= LARGEST, cast(EventRow.payload, Text)))
    columns: list[Any] = [
        EventRow.id,
        EventRow.type,
        EventRow.source,
        *([EventRow.answer] if wanted.matched else []),
        *([payload.label("text")] if wanted.needs_payload else []),
    ]
    bounds = [*wanted.bounds(), *([] if after is None else [id < after])]
    return select(*columns).where(*bounds).order_by(id.desc()).limit(BATCH)


def _fits(wanted: EventFilter, row: Any) -> bool:
    return (
        (wanted.matched is None or _fits_outcome(wanted.matched, row.answer))
        and (wanted.type is None or text_of(row.type) == wanted.type)
        and (wanted.source is None or text_of(row.source) == wanted.source)
        and (not wanted.needs_payload or (row.text is not None and fits_payload(wanted, row.text)))
    )


def _fits_outcome(wanted: Matched, answer: Any) -> bool:
    """True if the answer to an event is of this kind; Postgres could not read one with half a surrogate pair."""
    if wanted == "error":
        return bool(answer.get("errors"))
    is_unmatched: bool = answer.get("matched") == 0
    return is_unmatched == (wanted == "none")


def fits_payload(wanted: EventFilter, text: str) -> bool:
    """True if the payload, as JSON text, has the value at the path, and the text anywhere."""
    if wanted.q is not None and wanted.q.lower() not in text.lower() and not _has_escaped(text, wanted.q):
        return False
    return wanted.path is None or _values_at(loads(text), wanted.path.split("."), wanted.value)


def _has_escaped(text: str, q: str) -> bool:
    """True if the text is there once escapes such as ``\\u00fc`` are read."""
    return "\\" in text and any(q.lower() in leaf.lower() for leaf in _leaves(loads(text)))


def _leaves(value: Any) -> list[str]:
    """The texts and numbers in a value, and the keys."""
    found, stack = [], [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack += [*item, *item.values()]
        elif isinstance(item, list):
            stack += item
        else:
            found.append(text_of(item) or "")
    return found


def _values_at(value: Any, path: Sequence[str], wanted: str | None) -> bool:
    for part in path:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return False
    return wanted is None or text_of(value) == wanted or _is_number(value, wanted)


def _is_number(value: Any, wanted: str) -> bool:
    """True if both are the same number, however it is written."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return float(wanted) == float(value)
    except (ValueError, OverflowError):
        return False


def text_of(value: Any) -> str | None:
    """A scalar as a person writes it; None for null, a list or an object."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)) or value is None:
        return None
    return str(value)
