"""The lanes and the window of an execution, by the flow control of its workflow and its payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.flow_control.key import name_of
from app.flow_control.spec import Flow, RateLimit, read_flow
from app.storage.flow_control.fragments import UNLIMITED
from app.storage.flow_control.lanes import DROP, QUEUE, RATE, Lane
from app.storage.flow_control.windows import MOST_EVENTS, Window


@dataclass(frozen=True)
class FlowLimits:
    """The lanes of one execution."""

    #: Limits the live executions; the same as ``rate`` if only the rate is limited.
    lane: Lane | None = None
    #: Limits the starts in a period.
    rate: Lane | None = None

    @property
    def lanes(self) -> list[Lane]:
        """The different lanes, the one of live executions first."""
        if self.lane is None and self.rate is None:
            return []
        return [lane for lane in dict.fromkeys((self.lane, self.rate)) if lane is not None]


NO_LIMITS = FlowLimits()


def limits_of(workflow_id: str, flow: Flow | None, payload: Any) -> FlowLimits:
    """The lanes of an execution with this payload. Raises TooLarge, InvalidInput."""
    if flow is None:
        return NO_LIMITS
    lane = rate = None
    if (live := flow.concurrency) is not None:
        name = name_of("concurrency", workflow_id, live.key, payload)
        lane = Lane(name, live.limit, live.on_limit, workflow_id)
    if (often := flow.rate_limit) is not None:
        name = name_of(RATE, workflow_id, often.key, payload)
        rate = Lane(name, often.limit, often.on_limit, workflow_id, often.period)
    return FlowLimits(lane or rate, rate)


def lane_of(name: str, workflow_id: str, given: Mapping[str, Any] | None) -> Lane:
    """A lane by the current flow control of its workflow; unlimited if that has no limit. Raises InvalidDefinition."""
    flow = read_flow(given) or Flow()
    is_rate = name.startswith(f"{RATE}/")
    found = flow.rate_limit if is_rate else flow.concurrency
    if found is None:
        return Lane(name, UNLIMITED, QUEUE, workflow_id, 1.0 if is_rate else None)
    return Lane(name, found.limit, found.on_limit, workflow_id, found.period if isinstance(found, RateLimit) else None)


def scheduled_limits_of(workflow_id: str, flow: Flow | None, payload: Any) -> FlowLimits:
    """The lanes of an execution that the schedule of its workflow starts. Raises TooLarge, InvalidInput."""
    limits = limits_of(workflow_id, flow, payload)
    if flow is None or flow.overlap == "allow":
        return limits
    on_limit = DROP if flow.overlap == "skip" else flow.overlap
    return FlowLimits(Lane(f"schedule/{workflow_id}", 1, on_limit), limits.rate)


def window_of(workflow_id: str, flow: Flow | None, payload: Any) -> Window | None:
    """The window that collects an event with others, or None. Raises TooLarge, InvalidInput."""
    if flow is not None and (pause := flow.debounce) is not None:
        name = name_of("debounce", workflow_id, pause.key, payload)
        return Window(name, workflow_id, pause.period, MOST_EVENTS, max_period=pause.max_wait or float("inf"))
    if flow is not None and (batch := flow.batch) is not None:
        name = name_of("batch", workflow_id, batch.key, payload)
        return Window(name, workflow_id, batch.period, batch.size)
    return None
