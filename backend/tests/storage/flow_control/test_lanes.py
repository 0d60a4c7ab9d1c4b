"""The slots of a lane go to who waits, in order, and never to more than there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine

from app.storage import starting
from app.storage.database import driver
from app.storage.flow_control import lanes
from app.storage.flow_control.lanes import Lane
from app.storage.ids import new_id
from app.storage.json_text import JsonText
from app.storage.models.workflows import Workflow
from app.storage.orm import cursor_of, make_sessions

PAIR = Lane("pair", 2)


def add(
    cursor: Any, lane: Lane = PAIR, *, status: str = "PENDING", priority: int = 0, queued: bool | None = None
) -> str:
    """An execution in a lane, which waits unless there is room."""
    id = new_id()
    cursor.execute("BEGIN")
    (room,) = lanes.enter_lanes(cursor, [lane])
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload, lane, queued, priority)"
        " VALUES (%s, %s, 1, %s, '{}', %s, %s, %s)",
        (id, new_id(), status, lane.name, not room.is_free if queued is None else queued, priority),
    )
    cursor.execute("COMMIT")
    return id


def end(cursor: Any, id: str, lane: Lane = PAIR) -> list[str]:
    """Who gets the slot of an execution that ends."""
    cursor.execute("BEGIN; SELECT FROM executions WHERE id = %s FOR UPDATE", (id,))
    admitted = lanes.admit_next(cursor, lane.name, grace=5, but=id)
    cursor.execute("UPDATE executions SET status = 'COMPLETED' WHERE id = %s; COMMIT", (id,))
    return admitted


def waiting(cursor: Any) -> set[str]:
    cursor.execute("SELECT id FROM executions WHERE queued")
    return {id for (id,) in cursor.fetchall()}


def known(cursor: Any) -> list[str]:
    cursor.execute("SELECT name FROM lanes ORDER BY 1")
    return [name for (name,) in cursor.fetchall()]


def test_arrival_at_a_full_lane_waits(cursor: Any) -> None:
    first, second, third = (add(cursor) for _ in range(3))

    assert waiting(cursor) == {third}
    assert end(cursor, first) == [third]
    assert end(cursor, second) == []


def test_higher_priority_starts_first(cursor: Any) -> None:
    running = [add(cursor), add(cursor)]
    low, later, high = add(cursor, priority=-1), add(cursor), add(cursor, priority=9)

    assert end(cursor, running[0]) == [high]
    assert end(cursor, running[1]) == [later]
    assert end(cursor, later) == [low]


def test_paused_execution_keeps_its_slot(cursor: Any) -> None:
    running, paused = add(cursor), add(cursor, status="PAUSED")
    resting, next = add(cursor, status="PAUSED"), add(cursor)

    assert end(cursor, running) == [next]
    assert end(cursor, next) == []
    assert waiting(cursor) == {resting}
    assert end(cursor, paused) == []


def test_lanes_do_not_disturb_each_other(cursor: Any) -> None:
    one = Lane("one", 1)
    add(cursor)
    first, second = add(cursor, one), add(cursor, one)

    assert waiting(cursor) == {second}
    assert end(cursor, first, one) == [second]


def test_higher_limit_applies_from_the_next_arrival(cursor: Any) -> None:
    narrow, wide = Lane("lane", 1), Lane("lane", 3)
    first, second = add(cursor, narrow), add(cursor, narrow)

    third = add(cursor, wide)

    assert waiting(cursor) == {second, third}
    assert end(cursor, first, wide) == [second, third]


def test_lower_limit_admits_none_until_a_slot_is_free(cursor: Any) -> None:
    wide, narrow = Lane("lane", 2), Lane("lane", 1)
    first, second = add(cursor, wide), add(cursor, wide)
    third = add(cursor, narrow)

    assert end(cursor, first, narrow) == []
    assert end(cursor, second, narrow) == [third]


def test_current_limits_of_the_workflow_apply(cursor: Any) -> None:
    workflow = new_id()
    cursor.execute(
        "INSERT INTO workflows (id, kind, name, document, catalog_revision, flow)"
        """ VALUES (%s, 'graph', 'w', '{}', 1, '{"concurrency": {"limit": 1}}')""",
        (workflow,),
    )
    lane = Lane("mine", 1, workflow_id=workflow)
    first, second, third = (add(cursor, lane) for _ in range(3))
    cursor.execute("""UPDATE workflows SET flow = '{"concurrency": {"limit": 2.0}}'""")

    assert end(cursor, first, lane) == [second, third]


def test_newest_executions_replace_older_ones(cursor: Any) -> None:
    lane = Lane("newest", 1, lanes.REPLACE)
    oldest, old, new = (add(cursor, lane) for _ in range(3))

    assert lanes.over_limit(cursor, lane.name) == [old, oldest]
    assert end(cursor, oldest, lane) == [new]


def test_empty_lane_is_deleted(cursor: Any) -> None:
    lane = Lane("key", 1, workflow_id=new_id())
    first, second = add(cursor, lane), add(cursor, lane)

    end(cursor, first, lane)
    assert known(cursor) == ["key"]
    end(cursor, second, lane)

    assert known(cursor) == []
    assert waiting(cursor) == set()


def test_locked_execution_is_skipped_and_checked_soon(engine: Engine, cursor: Any) -> None:
    first, held = add(cursor, Lane("one", 1)), add(cursor, Lane("one", 1))
    cursor.execute("UPDATE lanes SET next_check_at = NULL")
    with driver(engine) as connection, connection.cursor() as other:
        other.execute("BEGIN; SELECT FROM executions WHERE id = %s FOR UPDATE", (held,))

        assert end(cursor, first, Lane("one", 1)) == []

        other.execute("ROLLBACK")
    cursor.execute("SELECT next_check_at < now() + interval '5 seconds' FROM lanes")
    assert cursor.fetchone() == (True,)
    cursor.execute("UPDATE lanes SET next_check_at = now()")
    assert lanes.list_due_lanes(cursor, batch=10) == [("one", lanes.WATCH)]
    assert lanes.admit_next(cursor, "one", grace=5) == [held]
    assert lanes.list_due_lanes(cursor, batch=10) == []


def test_concurrent_arrivals_never_exceed_the_slots(engine: Engine, cursor: Any) -> None:
    lane = Lane("busy", 3, workflow_id=new_id())

    def come_and_go(number: int) -> None:
        with driver(engine) as connection, connection.cursor() as own:
            todo = [add(own, lane)]
            while todo:
                own.execute("SELECT count(*) FROM executions WHERE status = 'PENDING' AND NOT queued")
                assert own.fetchone()[0] <= lane.slots
                own.execute("SELECT NOT queued FROM executions WHERE id = %s", (todo[0],))
                (begins,) = own.fetchone()
                todo = [*todo[1:], *end(own, todo[0], lane)] if begins else todo[1:]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(come_and_go, range(60)))

    cursor.execute("SELECT status, queued, count(*) FROM executions GROUP BY 1, 2")
    assert cursor.fetchall() == [("COMPLETED", False, 60)]
    assert known(cursor) == []


def test_submitted_execution_has_its_routes_lane(cursor: Any) -> None:
    door = Lane("door", 1)
    first, second = add(cursor, door), add(cursor, door)

    assert lanes.fetch_limits(cursor, "door", new_id()) == door
    assert end(cursor, first, door) == [second]
    assert end(cursor, second, door) == []
    assert lanes.fetch_limits(cursor, "door", new_id()) == door


def test_submitted_steps_share_a_lane_of_fixed_size(engine: Engine, cursor: Any) -> None:
    workflow, door = Workflow(id=new_id(), version=1), Lane("door", 1)
    cursor.execute(
        "INSERT INTO workflows (id, kind, name, document, catalog_revision) VALUES (%s, 'graph', 'w', '{}', 1)",
        (workflow.id,),
    )

    def start(priority: int) -> str:
        with make_sessions(engine)() as session, session.begin():
            text, on = JsonText("{}"), cursor_of(session)
            created = starting.create_execution(on, workflow, text, grace=5, lane=door, priority=priority)
            assert created is not None
            return created.id

    first, low, high = (start(priority) for priority in (0, 1, 2))

    assert waiting(cursor) == {low, high}
    assert end(cursor, first, door) == [high]
    cursor.execute("SELECT id FROM executions WHERE next_check_at IS NULL")
    assert cursor.fetchall() == [(low,)]


def test_many_lanes_are_checked_at_a_bounded_rate(cursor: Any) -> None:
    cursor.execute(
        "INSERT INTO lanes (name, slots, on_limit, next_check_at)"
        " SELECT 'lane ' || n, 1, 'queue', now() FROM generate_series(1, 5000) n"
    )

    due = lanes.list_due_lanes(cursor, batch=10)

    assert {watch for _, watch in due} == {5000 / lanes.CHECKS_PER_SECOND}
    cursor.execute("SELECT count(*) FROM lanes WHERE next_check_at > now() + interval '40 seconds'")
    assert cursor.fetchone() == (10,)
