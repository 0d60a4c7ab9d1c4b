"""The fragments that the statements of lanes share."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.flow_control.limits import lane_of
from app.storage.database import Cursor, fetch_row
from app.storage.flow_control.fragments import LIMITS, UNLIMITED
from app.storage.ids import new_id

CONCURRENCY: list[dict[str, Any]] = [
    {"limit": 1},
    {"limit": 2.0},
    {"limit": 10_000, "key": "{{ a }}"},
    *({"limit": 4, "on_limit": policy} for policy in ("queue", "drop", "replace")),
]


def read_limits(cursor: Cursor, flow: Any, *, period: float | None = None) -> tuple[Any, ...]:
    """Slots and ``replaces`` of a lane that an arrival described with 7 slots and ``replace``."""
    workflow = new_id()
    cursor.execute(
        "INSERT INTO workflows (id, kind, name, document, catalog_revision, flow)"
        " VALUES (%s, 'graph', 'w', '{}', 1, %s)",
        (workflow, json.dumps(flow)),
    )
    cursor.execute(
        "INSERT INTO lanes (name, slots, on_limit, workflow_id, period) VALUES ('lane', 7, 'replace', %s, %s)",
        (workflow, period),
    )
    cursor.execute(LIMITS, {"lane": "lane"})
    return fetch_row(cursor)


@pytest.mark.parametrize("concurrency", CONCURRENCY)
def test_saved_concurrency_is_read_as_python_reads_it(cursor: Cursor, concurrency: dict[str, Any]) -> None:
    flow = {"concurrency": concurrency}

    lane = lane_of("lane", new_id(), flow)

    assert read_limits(cursor, flow) == (lane.slots, lane.on_limit == "replace")


def test_lane_keeps_its_description_without_saved_concurrency(cursor: Cursor) -> None:
    assert read_limits(cursor, {"rate_limit": {"limit": 2, "period": "1s"}}) == (7, True)


def test_lane_that_counts_starts_has_unlimited_slots(cursor: Cursor) -> None:
    assert read_limits(cursor, {"concurrency": {"limit": 1}}, period=1.0) == (UNLIMITED, True)
