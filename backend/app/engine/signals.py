"""What a signal means to the step that waited for it, by the kind of the signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.engine import children, matching
from app.engine.runner import Limits, Try
from app.graph.model import Node
from app.storage.held import Cursor
from app.storage.signals import CHILDREN, EVENT, Signal

#: What the step comes to, by what ``ref`` names.
OUTCOMES: Mapping[str, Callable[[Cursor, str, Node, Limits], Try]] = {
    CHILDREN: children.outcome,
    EVENT: matching.outcome,
}


def outcome(cursor: Cursor, signal: Signal, node: Node, limits: Limits) -> Try:
    """What the node's waiting step comes to."""
    return OUTCOMES[signal.kind](cursor, signal.ref, node, limits)
