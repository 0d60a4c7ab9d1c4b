"""The lanes and windows of executions."""

from __future__ import annotations

from typing import Any

from app.flow_control.limits import NO_LIMITS, limits_of, scheduled_limits_of, window_of
from app.flow_control.spec import read_flow
from app.storage.flow_control.lanes import Lane
from app.storage.flow_control.windows import Window


def test_without_flow_control_nothing_is_limited() -> None:
    assert limits_of("w", None, {}) == NO_LIMITS
    assert window_of("w", None, {}) is None


def test_lane_is_built_from_concurrency() -> None:
    flow = read_flow({"concurrency": {"limit": 3, "key": "{{ customer }}", "on_limit": "drop"}})

    assert limits_of("w", flow, {"customer": "ada"}).lanes == [Lane("concurrency/w/ada", 3, "drop", "w")]


def test_rate_limit_alone_is_the_only_lane() -> None:
    rate = {"limit": 5, "period": "1.5m", "key": "{{ a }}"}
    alone = limits_of("w", read_flow({"rate_limit": rate}), {"a": 1})
    both = limits_of("w", read_flow({"rate_limit": rate, "concurrency": {"limit": 1}}), {"a": 1})

    assert alone.lanes == [Lane("rate_limit/w/1", 5, "queue", "w", 90.0)]
    assert alone.lane == alone.rate == both.rate
    assert [lane.name for lane in both.lanes] == ["concurrency/w", "rate_limit/w/1"]


def test_events_gather_in_windows_by_their_keys() -> None:
    pause = read_flow({"debounce": {"period": 2, "key": "{{ a }}", "max_wait": "1m"}})
    batch = read_flow({"batch": {"size": 7, "period": "1h"}})

    assert window_of("w", pause, {"a": "x"}) == Window("debounce/w/x", "w", 2.0, 1000, 60.0)
    assert window_of("w", batch, {}) == Window("batch/w", "w", 3600.0, 7)


def test_overlap_is_a_lane_of_one_slot_by_default() -> None:
    def lanes(**said: Any) -> list[tuple[str, int, str]]:
        flow = read_flow({"schedule": {"cron": "@daily", **said.pop("schedule", {})}, **said})
        return [(lane.name, lane.slots, lane.on_limit) for lane in scheduled_limits_of("w", flow, {}).lanes]

    assert lanes() == [("schedule/w", 1, "drop")]
    assert lanes(schedule={"overlap": "queue"}) == [("schedule/w", 1, "queue")]
    assert lanes(schedule={"overlap": "allow"}) == []
    assert lanes(concurrency={"limit": 2}) == [("concurrency/w", 2, "queue")]
