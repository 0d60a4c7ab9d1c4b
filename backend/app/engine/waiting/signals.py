"""The result of a step that got its signal, by the kind of the signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.engine.attempts.attempt import AttemptResult
from app.engine.config import HandlerLimits
from app.engine.waiting import children, events
from app.graph.model import Node
from app.storage.database import Cursor
from app.storage.waiting.signals import CHILDREN, EVENT, Signal

#: Each computes the step's result from what ``ref`` refers to.
RESULTS_BY_KIND: Mapping[str, Callable[[Cursor, str, Node, HandlerLimits], AttemptResult]] = {
    CHILDREN: children.children_result,
    EVENT: events.event_result,
}


def signal_result(cursor: Cursor, signal: Signal, node: Node, limits: HandlerLimits) -> AttemptResult:
    """Return the result of the waiting step."""
    return RESULTS_BY_KIND[signal.kind](cursor, signal.ref, node, limits)
