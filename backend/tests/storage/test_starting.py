"""An execution is started by hand in one round trip, also in lanes."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import Conflict, NotFound
from app.storage.flow_control.lanes import DROP, Lane
from app.storage.ids import new_id
from app.storage.json_text import JsonText
from app.storage.starting import Created, Startable, create_execution, fetch_startable

EMPTY = JsonText("{}")


class Counting:
    """A cursor that counts round trips."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self.round_trips = 0

    def execute(self, *arguments: Any) -> None:
        self.round_trips += 1
        self._cursor.execute(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


@pytest.fixture
def workflow(cursor: Any) -> Startable:
    id = new_id()
    cursor.execute(
        "INSERT INTO workflows (id, kind, name, document, catalog_revision) VALUES (%s, 'graph', 'w', '{}', 1)", (id,)
    )
    return fetch_startable(cursor, id)


def create(cursor: Any, workflow: Startable, **options: Any) -> Created:
    created = create_execution(cursor, workflow, EMPTY, grace=5, revision=workflow.revision, **options)
    assert created is not None
    return created


@pytest.mark.parametrize("lane", [None, Lane("door", 1)])
def test_start_takes_one_round_trip(cursor: Any, workflow: Startable, lane: Lane | None) -> None:
    create(cursor, workflow, lane=lane)
    counting = Counting(cursor)

    create(counting, workflow, lane=lane)

    assert counting.round_trips == 1


def test_second_execution_in_a_lane_is_queued(cursor: Any, workflow: Startable) -> None:
    lane, rate = Lane("door", 1), Lane("rate_limit/door", 1, period=60.0)

    queued = [create(cursor, workflow, lane=lane).queued for _ in range(2)]
    rated = [create(cursor, workflow, lane=rate, rate=rate).queued for _ in range(2)]

    assert queued == rated == [False, True]
    cursor.execute("SELECT queued, next_check_at IS NULL, rate, admitted_at IS NULL FROM executions ORDER BY id")
    assert cursor.fetchall() == [
        *((False, False, None, True), (True, True, None, True)),
        *((False, False, "rate_limit/door", False), (True, True, "rate_limit/door", True)),
    ]


def test_lane_that_drops_raises_the_reason(cursor: Any, workflow: Startable) -> None:
    lane = Lane("door", 1, DROP)
    create(cursor, workflow, lane=lane)

    with pytest.raises(Conflict, match=r"the concurrency limit \(1\) is reached"):
        create_execution(cursor, workflow, EMPTY, grace=5, lane=lane)

    cursor.execute("ROLLBACK")


def test_saved_or_deleted_workflow_is_not_started(cursor: Any, workflow: Startable) -> None:
    cursor.execute("UPDATE workflows SET revision = revision + 1 WHERE id = %s", (workflow.id,))
    assert create_execution(cursor, workflow, EMPTY, grace=5, revision=workflow.revision) is None
    assert create_execution(cursor, workflow, EMPTY, grace=5) is not None

    cursor.execute("UPDATE workflows SET deleted_at = now() WHERE id = %s", (workflow.id,))
    assert create_execution(cursor, workflow, EMPTY, grace=5) is None
    with pytest.raises(NotFound):
        fetch_startable(cursor, workflow.id)
