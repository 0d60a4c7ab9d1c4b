"""Events that nearly met the condition of a step that waits for one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from app.errors import RuleFailed
from app.logic.misses import find_miss
from app.logic.rule import Rule
from app.storage.database import Cursor
from app.storage.waits import list_events_since
from app.triggers.correlation import without_own


def find_near_events(cursor: Cursor, rule: Rule, seen: Mapping[str, Any], since: datetime) -> list[str]:
    """
    Return the ids of the newest events since a moment that fail one clause of the condition and meet another.

    ``seen`` has the values of the waiting execution that the condition reads.
    """
    near = []
    for id, payload, event in list_events_since(cursor, since):
        with suppress(RuleFailed):
            miss = find_miss(rule, without_own(payload), extra={"$event": event, **seen})
            if miss.is_near:
                near.append(id)
    return near
