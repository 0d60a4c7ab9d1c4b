"""Admission: whether an event starts, queues or drops an execution of each workflow that it matched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.errors import TrigraphError
from app.flow_control.limits import NO_LIMITS, FlowLimits, limits_of, scheduled_limits_of, window_of
from app.flow_control.spec import Flow
from app.storage.catalog import CatalogEntry
from app.storage.events import Started
from app.storage.flow_control.lanes import DROP, QUEUE, REPLACE, Lane, LaneState, describe_limit
from app.storage.flow_control.windows import Window
from app.storage.ids import new_id
from app.triggers.triggers import Decisions

#: Outcomes of an execution for which no slot is free, by the lane's ``on_limit``.
OUTCOME_BY_POLICY = {QUEUE: "queued", DROP: "dropped", REPLACE: "replacing"}
#: The outcome of an event that is collected in a window.
GATHERED = "gathered"
_WORDS = {
    QUEUE: "the execution is queued",
    DROP: "nothing is started",
    REPLACE: "the execution begins when an older one is cancelled",
}


@dataclass
class Admission:
    """The admission of an event to one workflow."""

    entry: CatalogEntry
    id: str = field(default_factory=new_id)
    limits: FlowLimits = NO_LIMITS
    #: The window that collects it with other events; None: it starts an execution of its own.
    window: Window | None = None
    #: The outcome, if no execution starts at once, and the reason; None: one starts at once.
    outcome: str | None = None
    reason: str | None = None
    message: str | None = None

    @property
    def starts(self) -> bool:
        """True if an execution of its own is written."""
        return self.outcome not in (OUTCOME_BY_POLICY[DROP], GATHERED)

    def settle(self, states: Mapping[str, LaneState]) -> None:
        """Set the outcome by the state of its lanes."""
        for lane in self.limits.lanes:
            state = states[lane.name]
            if not state.is_free:
                outcome = lane.on_limit if state.is_full else QUEUE
                self.outcome, self.reason = OUTCOME_BY_POLICY[outcome], lane.reason
                self.message = describe_outcome(lane, outcome)
                return


@dataclass
class Admissions:
    """The admissions of one event to all workflows that it matched."""

    all: list[Admission] = field(default_factory=list)
    #: Workflow and message, if the key of its flow control cannot be computed.
    errors: list[tuple[str, str]] = field(default_factory=list)
    #: Lanes in which queued executions can start now.
    lanes_with_backlog: list[str] = field(default_factory=list)

    @property
    def lanes(self) -> Sequence[Lane]:
        """All lanes that the executions enter."""
        return [lane for admission in self.all for lane in admission.limits.lanes]

    @property
    def windows(self) -> Sequence[Window]:
        """All windows that collect the event."""
        return [admission.window for admission in self.all if admission.window is not None]

    @property
    def beginning(self) -> list[str]:
        """The ids of the executions that start at once."""
        return [admission.id for admission in self.all if admission.outcome is None]

    @property
    def lanes_over_limit(self) -> list[str]:
        """Lanes whose older executions are replaced by this one."""
        replacing = [admission for admission in self.all if admission.outcome == OUTCOME_BY_POLICY[REPLACE]]
        return [admission.limits.lane.name for admission in replacing if admission.limits.lane is not None]

    def settle(self, states: Sequence[LaneState]) -> None:
        """Set all outcomes by the states of the lanes."""
        self.lanes_with_backlog = [state.lane.name for state in states if state.has_backlog]
        by_name = {state.lane.name: state for state in states}
        for admission in self.all:
            admission.settle(by_name)

    def executions(self) -> Started:
        """The executions to write."""
        return list_started([admission for admission in self.all if admission.starts])


def admissions_of(
    decisions: Decisions, flows: Mapping[str, Flow], payload: Any, *, scheduled: str | None = None
) -> Admissions:
    """
    The admissions of an event; a key that cannot be computed is an error of that workflow alone.

    ``scheduled`` is the workflow whose schedule posts the event.
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
    message = "The event is collected with others, which start one execution together."
    return Admission(entry, window=window, outcome=GATHERED, reason=window.reason, message=message)


def list_started(admissions: Sequence[Admission]) -> Started:
    """These admissions as executions to write."""
    return Started(
        ids=[admission.id for admission in admissions],
        workflow_ids=[admission.entry.workflow_id for admission in admissions],
        versions=[admission.entry.version for admission in admissions],
        lanes=[admission.limits.lane.name if admission.limits.lane else None for admission in admissions],
        queued=[admission.outcome is not None for admission in admissions],
        rates=[admission.limits.rate.name if admission.limits.rate else None for admission in admissions],
    )


def describe_outcome(lane: Lane, outcome: str) -> str:
    """Why an execution does not start, and what becomes of it: one sentence."""
    words = describe_limit(lane)
    return f"{words[0].upper()}{words[1:]}; {_WORDS[outcome]}."
