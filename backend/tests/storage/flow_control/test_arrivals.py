"""Executions of a lane are ordered by Postgres' clock, whatever the clocks of the processes that made their ids."""

from __future__ import annotations

import itertools
from typing import Any

from app.storage.flow_control.fragments import arrival_in
from app.storage.ids import new_id


def arrival(cursor: Any, lane: str | None, id: str) -> str | None:
    cursor.execute(f"SELECT {arrival_in('%(lane)s::text', '%(id)s::uuid')}", {"lane": lane, "id": id})
    found: str | None = cursor.fetchone()[0]
    return found


def test_arrivals_sort_by_the_moment_of_the_statement(cursor: Any) -> None:
    # Ids that were made by clocks which are hours apart.
    ids = [f"{hours:02x}{new_id()[2:]}" for hours in (3, 1, 2, 0) * 10]

    arrivals = [str(arrival(cursor, "lane", id)) for id in ids]

    assert all(one < other for one, other in itertools.pairwise(arrivals))


def test_arrival_compares_with_ids(cursor: Any) -> None:
    before, found, after = new_id(), str(arrival(cursor, "lane", new_id())), new_id()

    # The clock of the tests is that of their Postgres; both may fall into one millisecond.
    assert before[:13] <= found[:13] <= after[:13]


def test_without_a_lane_there_is_no_arrival(cursor: Any) -> None:
    assert arrival(cursor, None, new_id()) is None
