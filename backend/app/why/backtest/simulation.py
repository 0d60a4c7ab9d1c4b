"""How many executions flow control makes of matches: the windows and rates of a workflow on the events' own times."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from app.errors import TrigraphError
from app.flow_control.limits import limits_of, window_of
from app.flow_control.spec import Flow
from app.storage.backtests.matches import Match
from app.storage.flow_control.lanes import DROP, Lane
from app.storage.flow_control.windows import Window, closing_time
from app.storage.json_text import loads


@dataclass
class _OpenWindow:
    window: Window
    opened_at: datetime
    last_at: datetime
    closes_at: datetime
    events: int = 0
    bytes: int = 0
    last: Any = None


@dataclass
class Simulation:
    """
    Counts executions; matches are given in order of receipt.

    Names of windows and lanes, and times, are those of the live path. ``concurrency`` is left out: how long executions
    would have taken is not known.
    """

    workflow_id: str
    flow: Flow | None
    started: int = 0
    _open: dict[str, _OpenWindow] = field(default_factory=dict)
    #: Windows by the time at which they close, which a later event may have moved.
    _closing: list[tuple[datetime, str]] = field(default_factory=list)
    #: The starts of each rate that are within its period.
    _starts: dict[str, deque[datetime]] = field(default_factory=dict)

    def run(self, matches: Iterable[Match]) -> int:
        """The executions that would have started."""
        for match in matches:
            self._close_until(match.received_at)
            payload = None if match.payload is None else loads(match.payload)
            try:
                window = window_of(self.workflow_id, self.flow, payload)
                if window is None:
                    self._start(payload, match.received_at)
                else:
                    self._gather(window, match, payload)
            except TrigraphError:
                continue  # the key cannot be computed: nothing is started, as live
        self._close_until(None)
        return self.started

    def _gather(self, window: Window, match: Match, payload: Any) -> None:
        now = match.received_at
        found = self._open.get(window.name)
        if found is None:
            found = self._open[window.name] = _OpenWindow(window, now, now, now)
        found.events += 1
        found.bytes += match.bytes
        found.last_at, found.last = now, payload
        found.closes_at = closing_time(
            window, opened_at=found.opened_at, last_at=now, events=found.events, bytes=found.bytes
        )
        if found.closes_at <= now:
            self._close(found)
        else:
            heappush(self._closing, (found.closes_at, window.name))

    def _close_until(self, now: datetime | None) -> None:
        while self._closing and (now is None or self._closing[0][0] <= now):
            closes_at, name = heappop(self._closing)
            found = self._open.get(name)
            if found is not None and found.closes_at == closes_at:
                self._close(found)

    def _close(self, found: _OpenWindow) -> None:
        del self._open[found.window.name]
        self._start({"events": [found.last], "event": found.last}, found.closes_at)

    def _start(self, payload: Any, now: datetime) -> None:
        try:
            rate = limits_of(self.workflow_id, self.flow, payload).rate
        except TrigraphError:
            if self.flow is None or (self.flow.debounce is None and self.flow.batch is None):
                raise
            rate = None
        if rate is None or self._is_allowed(rate, now):
            self.started += 1

    def _is_allowed(self, rate: Lane, now: datetime) -> bool:
        """False where the rate drops it; one that is queued starts later."""
        if rate.on_limit != DROP or rate.period is None:
            return True
        starts = self._starts.setdefault(rate.name, deque())
        while starts and starts[0] <= now - timedelta(seconds=rate.period):
            starts.popleft()
        if len(starts) >= rate.slots:
            return False
        starts.append(now)
        return True


def reads_payload(flow: Flow | None) -> bool:
    """True if a window or a rate of the flow control has a key."""
    if flow is None:
        return False
    return any(part is not None and part.key is not None for part in (flow.debounce, flow.batch, flow.rate_limit))
