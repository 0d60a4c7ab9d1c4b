"""Events that nearly met the condition of a step that waits for one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from app.errors import RuleFailed
from app.logic.misses import find_miss
from app.logic.rule import Rule
from app.storage.database import Cursor
from app.storage.waits import list_events_since
from app.triggers.correlation import without_own
from app.why.explain import describe_miss


class FoundEvent(NamedTuple):
    """An event, and the clause that it failed in words."""

    event_id: str
    words: str


def find_near_events(cursor: Cursor, rule: Rule, seen: Mapping[str, Any], since: datetime) -> list[FoundEvent]:
    """
    Return the newest events since a moment that fail one clause of the condition and meet another.

    ``seen`` has the values of the waiting execution that the condition reads.
    """
    near = []
    for id, payload, event in list_events_since(cursor, since):
        with suppress(RuleFailed):
            data, extra = without_own(payload), {"$event": event, **seen}
            miss = find_miss(rule, data, extra=extra)
            if miss.is_near:
                near.append(FoundEvent(id, describe_miss(rule.source, miss, data, extra=extra, asker="the condition")))
    return near
