"""Windows gather events in order, close once, and give each event to one execution."""

from __future__ import annotations

import json
import math
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine

from app.storage import workflow_draft, workflows
from app.storage.database import driver
from app.storage.flow_control import windows
from app.storage.flow_control.windows import _CLOSES, MOST_BYTES, Window, closing_time
from app.storage.ids import new_id
from app.storage.orm import make_sessions
from app.triggers.windows import close_window

HOUR = 3600.0
WORKFLOW = new_id()
#: Closes an hour after the last event, two hours after the first in any case.
PAUSE = Window("debounce/a", WORKFLOW, HOUR, 1000, max_period=2 * HOUR)
#: Closes with three events, or an hour after the first.
BATCH = Window("batch/a", WORKFLOW, HOUR, 3)


@pytest.fixture
def cursor(cursor: Any) -> Any:
    """A cursor on a database with the rows that these tests need."""
    cursor.execute(
        "INSERT INTO workflows (id, kind, name, document, catalog_revision) VALUES (%s, 'graph', 'w', '{}', 1)",
        (WORKFLOW,),
    )
    return cursor


def add(cursor: Any, window: Window, payload: Any) -> tuple[str, bool]:
    """An event in a window, and whether it filled it."""
    id, text = new_id(), json.dumps(payload)
    cursor.execute("BEGIN")
    windows.enter_windows(cursor, [window])
    cursor.execute("INSERT INTO events (id, payload, answer) VALUES (%s, %s, '{}')", (id, text))
    full = windows.add_event(cursor, [window.name], id, size=len(text))
    cursor.execute("COMMIT")
    return id, bool(full)


def let_time_pass(cursor: Any, seconds: float) -> None:
    """As if everything had come so much earlier."""
    cursor.execute(
        "UPDATE windows SET opened_at = opened_at - %(s)s * interval '1 second',"
        " closes_at = closes_at - %(s)s * interval '1 second';"
        " UPDATE window_events SET added_at = added_at - %(s)s * interval '1 second'",
        {"s": seconds},
    )


def payloads(cursor: Any) -> list[Any]:
    """What executions were given, the first one first."""
    cursor.execute("SELECT payload FROM executions ORDER BY id")
    return [payload for (payload,) in cursor.fetchall()]


def left(cursor: Any) -> tuple[int, int]:
    """Windows and events that are still waiting."""
    cursor.execute("SELECT (SELECT count(*) FROM windows), (SELECT count(*) FROM window_events)")
    found: tuple[int, int] = cursor.fetchone()
    return found


def test_debounce_gives_all_events_to_one_execution(engine: Engine, cursor: Any) -> None:
    ids = [add(cursor, PAUSE, {"n": n})[0] for n in range(3)]
    let_time_pass(cursor, HOUR)

    started = close_window(engine, PAUSE.name, grace=5).execution_ids

    assert payloads(cursor) == [
        {"events": [{"n": 0}, {"n": 1}, {"n": 2}], "event": {"n": 2}, "event_ids": ids},
    ]
    cursor.execute("SELECT id, event_id FROM executions")
    assert cursor.fetchall() == [(started[0], ids[-1])]
    assert left(cursor) == (0, 0)


def test_each_event_extends_a_debounce_window(engine: Engine, cursor: Any) -> None:
    add(cursor, PAUSE, 0)
    let_time_pass(cursor, 0.9 * HOUR)
    add(cursor, PAUSE, 1)
    let_time_pass(cursor, 0.9 * HOUR)

    assert close_window(engine, PAUSE.name, grace=5).execution_ids == []
    add(cursor, PAUSE, 2)
    let_time_pass(cursor, 0.3 * HOUR)
    assert len(close_window(engine, PAUSE.name, grace=5).execution_ids) == 1

    assert payloads(cursor)[0]["events"] == [0, 1, 2]


def test_debounce_without_max_wait_has_no_limit(engine: Engine, cursor: Any) -> None:
    patient = Window("debounce/a", WORKFLOW, HOUR, 1000, max_period=float("inf"))
    for n in range(5):
        add(cursor, patient, n)
        let_time_pass(cursor, 0.9 * HOUR)

    assert close_window(engine, patient.name, grace=5).execution_ids == []
    let_time_pass(cursor, 0.2 * HOUR)
    assert len(close_window(engine, patient.name, grace=5).execution_ids) == 1


def test_batch_closes_when_full(engine: Engine, cursor: Any) -> None:
    filled = [add(cursor, BATCH, n)[1] for n in range(7)]

    started = [close_window(engine, BATCH.name, grace=5).execution_ids for _ in range(3)]

    assert filled == [False, False, True, True, True, True, True]
    assert [len(ids) for ids in started] == [1, 1, 0]
    assert [payload["events"] for payload in payloads(cursor)] == [[0, 1, 2], [3, 4, 5]]
    assert left(cursor) == (1, 1)


def test_partial_batch_closes_at_its_deadline(engine: Engine, cursor: Any) -> None:
    add(cursor, BATCH, 0)
    let_time_pass(cursor, 0.6 * HOUR)
    add(cursor, BATCH, 1)

    assert windows.lock_next_window(cursor) is None
    let_time_pass(cursor, 0.4 * HOUR)
    assert windows.lock_next_window(cursor) == BATCH.name
    close_window(engine, BATCH.name, grace=5)

    assert [payload["events"] for payload in payloads(cursor)] == [[0, 1]]


def test_concurrent_closers_close_a_window_once(engine: Engine, cursor: Any) -> None:
    for n in range(30):
        add(cursor, BATCH, n)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: close_window(engine, BATCH.name, grace=5), range(40)))
    while windows.lock_next_window(cursor):
        close_window(engine, BATCH.name, grace=5)

    given = sorted(payload["events"] for payload in payloads(cursor))
    assert given == [[n, n + 1, n + 2] for n in range(0, 30, 3)]
    assert left(cursor) == (0, 0)


def test_events_that_come_while_a_window_closes_are_not_lost(engine: Engine, cursor: Any) -> None:
    def post(n: int) -> None:
        with driver(engine) as connection, connection.cursor() as own:
            if add(own, BATCH, n)[1]:
                close_window(engine, BATCH.name, grace=5)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(post, range(100)))
    let_time_pass(cursor, HOUR)
    while windows.lock_next_window(cursor):
        close_window(engine, BATCH.name, grace=5)

    assert sorted(n for payload in payloads(cursor) for n in payload["events"]) == list(range(100))
    assert max(len(payload["events"]) for payload in payloads(cursor)) == 3
    assert left(cursor) == (0, 0)


def test_debounce_closes_at_the_maximum_of_events(engine: Engine, cursor: Any) -> None:
    few = Window("debounce/a", WORKFLOW, HOUR, 4, max_period=float("inf"))

    filled = [add(cursor, few, n)[1] for n in range(4)]
    close_window(engine, few.name, grace=5)

    assert filled == [False, False, False, True]
    assert [payload["events"] for payload in payloads(cursor)] == [[0, 1, 2, 3]]


def test_large_events_close_a_window_early_and_the_rest_waits_on(engine: Engine, cursor: Any) -> None:
    large = "x" * (MOST_BYTES // 4)
    filled = [add(cursor, PAUSE, [n, large])[1] for n in range(5)]

    close_window(engine, PAUSE.name, grace=5)

    assert filled == [False, False, False, True, True]
    assert [[n for n, _ in payload["events"]] for payload in payloads(cursor)] == [[0, 1]]
    assert left(cursor) == (1, 3)
    let_time_pass(cursor, 2 * HOUR)
    while windows.lock_next_window(cursor):
        close_window(engine, PAUSE.name, grace=5)
    assert [[n for n, _ in payload["events"]] for payload in payloads(cursor)] == [[0, 1], [2, 3], [4]]
    assert all(len(json.dumps(payload)) < 1_000_000 for payload in payloads(cursor))


def test_large_event_is_stored_once(engine: Engine, cursor: Any) -> None:
    huge = {"x": "x" * (MOST_BYTES - 100)}
    add(cursor, PAUSE, huge)
    let_time_pass(cursor, HOUR)

    close_window(engine, PAUSE.name, grace=5)

    (payload,) = payloads(cursor)
    assert (payload["events"], payload["event"]) == ([huge], None)
    assert len(json.dumps(payload)) < 1_000_000


def test_payloads_come_out_as_they_were_received(engine: Engine, cursor: Any) -> None:
    odd = '{"a": 1.50, "b": 1e2, "nul": "\\u0000", "half": "\\ud800", "n": 123456789012345678901234567890}'
    id = new_id()
    cursor.execute("BEGIN")
    windows.enter_windows(cursor, [PAUSE])
    cursor.execute("INSERT INTO events (id, payload, answer) VALUES (%s, %s, '{}')", (id, odd))
    windows.add_event(cursor, [PAUSE.name], id, size=len(odd))
    cursor.execute("COMMIT")
    let_time_pass(cursor, HOUR)

    close_window(engine, PAUSE.name, grace=5)

    cursor.execute("SELECT payload::text FROM executions")
    assert cursor.fetchone()[0].startswith(f'{{"events":[{odd}],"event":{odd},')


@pytest.mark.parametrize(("said", "closes"), [({"batch": {"size": 3, "period": "30d"}}, False), ({}, True)])
def test_window_closes_when_its_setting_changes(
    engine: Engine, cursor: Any, said: dict[str, Any], closes: bool
) -> None:
    cursor.execute("UPDATE workflows SET flow = %s", (json.dumps({"batch": {"size": 3, "period": "30d"}}),))
    add(cursor, BATCH, {"n": 1})

    with make_sessions(engine)() as session, session.begin():
        workflow = workflows.get_locked(session, WORKFLOW)
        workflows.replace_workflow(session, workflow, workflow_draft.WorkflowDraft(name="w", document={}, flow=said))

    assert windows.lock_next_window(cursor) == (BATCH.name if closes else None)
    add(cursor, BATCH, {"n": 2})
    assert windows.lock_next_window(cursor) == (BATCH.name if closes else None)


def test_workflow_that_was_deleted_starts_nothing(engine: Engine, cursor: Any) -> None:
    add(cursor, PAUSE, 0)
    cursor.execute("UPDATE workflows SET deleted_at = now()")
    let_time_pass(cursor, HOUR)

    assert close_window(engine, PAUSE.name, grace=5).execution_ids == []

    assert payloads(cursor) == []
    assert left(cursor) == (0, 0)


def test_execution_of_a_window_waits_for_a_slot(engine: Engine, cursor: Any) -> None:
    cursor.execute("""UPDATE workflows SET flow = '{"concurrency": {"limit": 1, "key": "{{ event.k }}"}}'""")
    for n in range(9):
        add(cursor, BATCH, {"k": "a" if n < 6 else "b"})

    started = [close_window(engine, BATCH.name, grace=5).execution_ids for _ in range(3)]

    assert [len(ids) for ids in started] == [1, 0, 1]
    cursor.execute("SELECT lane, queued FROM executions ORDER BY id")
    lane = f"concurrency/{WORKFLOW}"
    assert cursor.fetchall() == [(f"{lane}/a", False), (f"{lane}/a", True), (f"{lane}/b", False)]


def test_closing_times_of_postgres_and_of_simulations_agree(cursor: Any) -> None:
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    chance = random.Random(1)
    for _ in range(300):
        size, bytes = chance.choice([2, 5, 1000]), chance.choice([10, MOST_BYTES])
        period, most = chance.uniform(0.1, 100), chance.choice([None, math.inf, chance.uniform(0.1, 100)])
        opened = start + timedelta(seconds=chance.uniform(0, 100))
        last, events = opened + timedelta(seconds=chance.uniform(0, 100)), chance.randint(1, 6)
        statement = _CLOSES.replace("clock_timestamp()", "%(last)s")
        cursor.execute(
            f"SELECT {statement} FROM (SELECT %(events)s AS events, %(size)s AS size, %(bytes)s AS bytes,"
            " %(period)s::float8 AS period, %(most)s::float8 AS max_period, %(opened)s AS opened_at) AS known",
            {
                **{"events": events, "size": size, "bytes": bytes, "period": period, "most": most},
                **{"opened": opened, "last": last},
            },
        )

        window = Window("debounce/a", WORKFLOW, period, size, max_period=most)
        found = closing_time(window, opened_at=opened, last_at=last, events=events, bytes=bytes)

        assert abs(found - cursor.fetchone()[0]) < timedelta(milliseconds=1)
