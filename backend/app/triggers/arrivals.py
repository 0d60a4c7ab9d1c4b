"""Arrivals: what becomes of an event in each workflow that it matched, as far as flow control has a say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.errors import TrigraphError
from app.storage.catalog import Entry
from app.storage.events import Started
from app.storage.ids import new_id
from app.storage.lanes import DROP, QUEUE, REPLACE, Lane, Room
from app.triggers.flow import Flow, lane_of
from app.triggers.match import Decisions

#: What is said of an execution for which no slot is free, by the lane's ``on_limit``.
OUTCOMES = {QUEUE: "queued", DROP: "dropped", REPLACE: "replacing"}
_WORDS = {
    QUEUE: "it waits until one of them ends",
    DROP: "nothing is started",
    REPLACE: "it begins when an older one has been cancelled",
}


@dataclass
class Arrival:
    """An event at the door of one workflow."""

    entry: Entry
    id: str = field(default_factory=new_id)
    lane: Lane | None = None
    #: Why it does not begin at once, and what becomes of it; None: it does.
    outcome: str | None = None
    reason: str | None = None
    message: str | None = None

    @property
    def starts(self) -> bool:
        """True where there will be an execution."""
        return self.outcome != OUTCOMES[DROP]


@dataclass
class Arrivals:
    """Those of one event."""

    all: list[Arrival] = field(default_factory=list)
    #: Workflow and message, where it could not be said what should become of it.
    errors: list[tuple[str, str]] = field(default_factory=list)
    #: Lanes in which others could begin now.
    behind: list[str] = field(default_factory=list)

    @property
    def lanes(self) -> Sequence[Lane]:
        return [arrival.lane for arrival in self.all if arrival.lane is not None]

    @property
    def beginning(self) -> list[str]:
        return [arrival.id for arrival in self.all if arrival.outcome is None]

    @property
    def crowded(self) -> list[str]:
        """Lanes in which somebody has to make room."""
        return [a.lane.name for a in self.all if a.lane is not None and a.outcome == OUTCOMES[REPLACE]]

    def settle(self, rooms: Sequence[Room]) -> None:
        """Decide by the room that there is in their lanes."""
        self.behind = [room.lane.name for room in rooms if room.behind]
        full = {room.lane.name: room for room in rooms if not room.free}
        for arrival in self.all:
            if arrival.lane is not None and arrival.lane.name in full:
                arrival.outcome, arrival.reason = OUTCOMES[arrival.lane.on_limit], "concurrency"
                arrival.message = why(arrival.lane)

    def started(self) -> Started:
        """The executions to write."""
        starting = [arrival for arrival in self.all if arrival.starts]
        return Started(
            ids=[arrival.id for arrival in starting],
            workflow_ids=[arrival.entry.workflow_id for arrival in starting],
            versions=[arrival.entry.version for arrival in starting],
            lanes=[arrival.lane.name if arrival.lane else None for arrival in starting],
            queued=[arrival.outcome is not None for arrival in starting],
        )


def arrivals_of(decisions: Decisions, flows: Mapping[str, Flow], payload: Any) -> Arrivals:
    """What the event arrives at; a key that cannot be told is that workflow's error and nobody else's problem."""
    found = Arrivals()
    for entry in decisions.matched:
        try:
            found.all.append(Arrival(entry, lane=lane_of(entry.workflow_id, flows.get(entry.workflow_id), payload)))
        except TrigraphError as error:
            found.errors.append((entry.workflow_id, str(error)))
    return found


def why(lane: Lane) -> str:
    """Why an execution does not begin, and what becomes of it."""
    return f"As many executions as the limit allows are live ({lane.slots}); {_WORDS[lane.on_limit]}."
