"""One cause for which an execution does not go on, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Action:
    """A request that helps."""

    label: str
    method: str
    path: str


@dataclass(frozen=True)
class NearEvent:
    """An event that nearly met the condition of a wait."""

    event_id: str
    #: The clause that it failed, without a full stop.
    words: str
    #: Where it is explained clause by clause.
    path: str


@dataclass(frozen=True)
class WaitCause:
    """One cause; ``causes`` are those that it has in turn."""

    #: One of: timer approval event join retry child slot rate paused running queue no_worker busy lost_worker undone
    #: ended.
    kind: str
    sentence: str
    node_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    causes: Sequence[WaitCause] = ()
    actions: Sequence[Action] = ()
    #: The execution that it is about, where that is another one: a child, or a holder of a slot.
    execution_id: str | None = None
    #: The approval that it waits for.
    approval_id: str | None = None
    #: Of a wait: the newest events that nearly met its condition.
    near: Sequence[NearEvent] = ()


@dataclass(frozen=True)
class WaitExplanation:
    """Why an execution does not go on."""

    sentence: str
    since: datetime | None
    causes: Sequence[WaitCause] = field(default_factory=tuple)
