"""How many executions flow control makes of matches, on the events' own times."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from app.flow_control.spec import read_flow
from app.storage.backtests.matches import Match
from app.why.backtest.simulation import Simulation

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def matches(*seconds: float, **payload: Any) -> list[Match]:
    text = json.dumps(payload)
    return [Match(START + timedelta(seconds=each), len(text), text) for each in seconds]


@pytest.mark.parametrize(
    ("flow", "seconds", "started"),
    [
        (None, (0, 1, 2), 3),
        ({"debounce": {"period": "10s"}}, (0, 5, 14, 25, 35), 3),
        ({"debounce": {"period": "10s", "max_wait": "12s"}}, (0, 5, 11, 13), 2),
        ({"batch": {"size": 2, "period": "10s"}}, (0, 1, 2, 13), 3),
        ({"rate_limit": {"limit": 2, "period": "10s", "on_limit": "drop"}}, (0, 1, 2, 10, 11), 4),
        ({"rate_limit": {"limit": 2, "period": "10s"}}, (0, 1, 2, 10, 11), 5),
        ({"concurrency": {"limit": 1, "on_limit": "drop"}}, (0, 0), 2),
    ],
)
def test_executions_are_counted(flow: Any, seconds: tuple[float, ...], started: int) -> None:
    assert Simulation("w", read_flow(flow)).run(matches(*seconds, n=1)) == started


def test_windows_of_different_keys_are_apart() -> None:
    flow = read_flow({"batch": {"size": 2, "period": "1h", "key": "{{ payload.n }}"}})

    assert Simulation("w", flow).run([*matches(0, 1, n=1), *matches(2, 3, 4, n=2)]) == 3


def test_rate_counts_the_executions_of_windows() -> None:
    flow = read_flow(
        {
            "batch": {"size": 2, "period": "1h"},
            "rate_limit": {"limit": 1, "period": "1h", "on_limit": "drop", "key": "{{ payload.event.n }}"},
        }
    )

    assert Simulation("w", flow).run([*matches(0, 1, 2, 3, n=1), *matches(4, 5, n=2)]) == 2
