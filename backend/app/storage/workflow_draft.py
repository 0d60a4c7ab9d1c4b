"""A definition that is to be saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.graph.path_lint import EventCondition


@dataclass(frozen=True)
class WorkflowDraft:
    """A definition to be saved; it is valid."""

    name: str
    document: Any
    kind: str = "graph"
    description: str | None = None
    trigger: Any = None
    is_active: bool = True
    #: ``concurrency`` and its like.
    flow: dict[str, Any] | None = None
    #: When its ``schedule`` is due first.
    next_at: datetime | None = None
    #: True for a moment that is a time of its ``schedule``.
    is_scheduled_at: Callable[[datetime], bool] = lambda time: False
    warnings: list[dict[str, Any]] = field(default_factory=list)
    #: The conditions in its graph over events.
    conditions: Sequence[EventCondition] = ()
