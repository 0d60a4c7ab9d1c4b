"""Arrivals: what becomes of an event in each workflow that it matched, as far as flow control has a say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.errors import TrigraphError
from app.flow_control.spec import NO_LIMITS, Flow, FlowLimits, limits_of, scheduled_limits_of, window_of
from app.storage.catalog import CatalogEntry
from app.storage.events import Started
from app.storage.flow_control.lanes import DROP, QUEUE, REPLACE, Lane, LaneState, describe_limit
from app.storage.flow_control.windows import Window
from app.storage.ids import new_id
from app.triggers.triggers import Decisions

#: What is said of an execution for which no slot is free, by the lane's ``on_limit``.
OUTCOME_BY_POLICY = {QUEUE: "queued", DROP: "dropped", REPLACE: "replacing"}
#: What is said of an event that waits for others.
GATHERED = "gathered"
_WORDS = {
    QUEUE: "the execution is queued",
    DROP: "nothing is started",
    REPLACE: "the execution begins when an older one is cancelled",
}


@dataclass
class Admission:
    """An event at the door of one workflow."""

    entry: CatalogEntry
    id: str = field(default_factory=new_id)
    limits: FlowLimits = NO_LIMITS
    #: Where it waits for other events; None: it starts an execution of its own.
    window: Window | None = None
    #: Why it does not begin at once, and what becomes of it; None: it does.
    outcome: str | None = None
    reason: str | None = None
    message: str | None = None

    @property
    def starts(self) -> bool:
        """True where there will be an execution of its own."""
        return self.outcome not in (OUTCOME_BY_POLICY[DROP], GATHERED)

    def settle(self, rooms: Mapping[str, LaneState]) -> None:
        """Decide by the room that there is in its lanes."""
        for lane in self.limits.lanes:
            room = rooms[lane.name]
            if not room.is_free:
                outcome = lane.on_limit if room.is_full else QUEUE
                self.outcome, self.reason = OUTCOME_BY_POLICY[outcome], lane.reason
                self.message = describe_outcome(lane, outcome)
                return


@dataclass
class Admissions:
    """Those of one event."""

    all: list[Admission] = field(default_factory=list)
    #: Workflow and message, where it could not be said what should become of it.
    errors: list[tuple[str, str]] = field(default_factory=list)
    #: Lanes in which others could begin now.
    behind: list[str] = field(default_factory=list)

    @property
    def lanes(self) -> Sequence[Lane]:
        return [lane for arrival in self.all for lane in arrival.limits.lanes]

    @property
    def windows(self) -> Sequence[Window]:
        return [arrival.window for arrival in self.all if arrival.window is not None]

    @property
    def beginning(self) -> list[str]:
        return [arrival.id for arrival in self.all if arrival.outcome is None]

    @property
    def crowded(self) -> list[str]:
        """Lanes in which somebody has to make room."""
        replacing = [arrival for arrival in self.all if arrival.outcome == OUTCOME_BY_POLICY[REPLACE]]
        return [arrival.limits.lane.name for arrival in replacing if arrival.limits.lane is not None]

    def settle(self, rooms: Sequence[LaneState]) -> None:
        """Decide by the room that there is in their lanes."""
        self.behind = [room.lane.name for room in rooms if room.has_backlog]
        by_name = {room.lane.name: room for room in rooms}
        for arrival in self.all:
            arrival.settle(by_name)

    def started(self) -> Started:
        """The executions to write."""
        return list_started([arrival for arrival in self.all if arrival.starts])


def admissions_of(
    decisions: Decisions, flows: Mapping[str, Flow], payload: Any, *, scheduled: str | None = None
) -> Admissions:
    """
    What the event arrives at; a key that cannot be told is that workflow's error and nobody else's problem.

    ``scheduled`` is the workflow whose schedule has posted the event.
    """
    found = Admissions()
    for entry in decisions.matched:
        own = entry.workflow_id == scheduled
        try:
            found.all.append(
                _admission(entry, flows.get(entry.workflow_id), payload, scheduled_limits_of if own else limits_of)
            )
        except TrigraphError as error:
            found.errors.append((entry.workflow_id, str(error)))
    return found


def _admission(entry: CatalogEntry, flow: Flow | None, payload: Any, limits: Callable[..., FlowLimits]) -> Admission:
    if flow is None:
        return Admission(entry)
    window = window_of(entry.workflow_id, flow, payload)
    if window is None:
        return Admission(entry, limits=limits(entry.workflow_id, flow, payload))
    message = "The event waits for others, with which it starts one execution."
    return Admission(entry, window=window, outcome=GATHERED, reason=window.reason, message=message)


def list_started(arrivals: Sequence[Admission]) -> Started:
    """These arrivals as executions to write."""
    return Started(
        ids=[arrival.id for arrival in arrivals],
        workflow_ids=[arrival.entry.workflow_id for arrival in arrivals],
        versions=[arrival.entry.version for arrival in arrivals],
        lanes=[arrival.limits.lane.name if arrival.limits.lane else None for arrival in arrivals],
        queued=[arrival.outcome is not None for arrival in arrivals],
        rates=[arrival.limits.rate.name if arrival.limits.rate else None for arrival in arrivals],
    )


def describe_outcome(lane: Lane, outcome: str) -> str:
    """Why an execution does not begin, and what becomes of it."""
    words = describe_limit(lane)
    return f"{words[0].upper()}{words[1:]}; {_WORDS[outcome]}."
