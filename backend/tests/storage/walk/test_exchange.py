"""A result is exchanged for the next claim only by the holder of the claim, while the execution simply runs."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Engine

from app.storage.clock import clock
from app.storage.database import driver
from app.storage.ids import new_id
from app.storage.rows import StepRow
from app.storage.walk.claims import renew_claims
from app.storage.walk.exchange import Exchange, exchange_many
from app.storage.walk.exchange_one import exchange, exchange_one
from app.storage.walk.records import NOTIFICATION, Record

CLAIM = 1

Write = Callable[[Any, list[Exchange]], list[bool]]


def write_alone(cursor: Any, elements: list[Exchange]) -> list[bool]:
    """Write each element in a statement of its own."""
    return [exchange_one(cursor, element) for element in elements]


@pytest.fixture(params=["together", "alone", "alone, all values as parameters"])
def write(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes elements together, or each alone."""
    if "parameters" in request.param:
        monkeypatch.setattr("app.storage.walk.exchange_one._are_common", lambda values: False)
    return exchange_many if request.param == "together" else write_alone


def held(cursor: Any, status: str = "RUNNING", closing: str | None = None, nodes: str = "a") -> str:
    """An execution whose step ``a`` runs under the first claim; or these steps."""
    id = new_id()
    cursor.execute(
        "INSERT INTO executions (id, workflow_id, version, status, closing, payload, open_steps)"
        " VALUES (%s, %s, 1, %s, %s, '{}', 1)",
        (id, new_id(), status, closing),
    )
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim)"
        " SELECT %s, node, 1, 1, gen_random_uuid(), 'x', 'RUNNING', %s FROM unnest(%s) AS node",
        (id, CLAIM, list(nodes)),
    )
    return id


def give(cursor: Any, write: Write, id: str, *, claim: int) -> bool:
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=claim, output="1", stored=True)
    following = StepRow("b", 1, 1, new_id(), "x", "RUNNING", claim=1, check_in=9)
    return write(cursor, [Exchange(id, done, [following])])[0]


def element(id: str, node: str = "a", output: str = "1") -> Exchange:
    """``a`` is completed and ``a2`` claimed."""
    done = StepRow(node, 1, 1, new_id(), "x", "COMPLETED", claim=CLAIM, output=output, stored=True)
    return Exchange(id, done, [StepRow(f"{node}2", 1, 1, new_id(), "x", "RUNNING", claim=1, check_in=9)])


def steps(cursor: Any, id: str) -> list[tuple[str, str]]:
    cursor.execute("SELECT node_id, status FROM steps WHERE execution_id = %s ORDER BY node_id", (id,))
    return list(cursor.fetchall())


def test_claim_holder_continues(cursor: Any, write: Write) -> None:
    id = held(cursor)

    assert give(cursor, write, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "COMPLETED"), ("b", "RUNNING")]


def test_result_of_a_worker_declared_dead_is_ignored(cursor: Any, write: Write) -> None:
    id = held(cursor)

    assert not give(cursor, write, id, claim=CLAIM - 1)

    assert steps(cursor, id) == [("a", "RUNNING")]


def test_second_result_is_ignored(cursor: Any, write: Write) -> None:
    id = held(cursor)
    give(cursor, write, id, claim=CLAIM)

    assert not give(cursor, write, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "COMPLETED"), ("b", "RUNNING")]


@pytest.mark.parametrize(
    ("status", "closing"), [("PAUSED", None), ("CANCELLED", None), ("FAILED", None), ("RUNNING", "FAILED")]
)
def test_execution_that_does_not_simply_run_needs_the_lock(
    cursor: Any, write: Write, status: str, closing: str | None
) -> None:
    id = held(cursor, status, closing)

    assert not give(cursor, write, id, claim=CLAIM)

    assert steps(cursor, id) == [("a", "RUNNING")]


@pytest.mark.parametrize("off", [-30.0, 30.0])
@pytest.mark.usefixtures("own_ids")
def test_times_are_dated_by_postgres(cursor: Any, write: Write, monkeypatch: pytest.MonkeyPatch, off: float) -> None:
    monkeypatch.setattr(clock, "offset", off)
    id = held(cursor)
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=CLAIM, output="1", stored=True)
    done.started_at = done.finished_at = clock.now()
    following = StepRow("b", 1, 1, new_id(), "x", "RUNNING", claim=1, check_in=9, started_at=clock.now())

    assert write(cursor, [Exchange(id, done, [following])]) == [True]

    cursor.execute(
        "SELECT greatest(max(started_at), max(finished_at)) - clock_timestamp(),"
        " clock_timestamp() - least(min(started_at), min(finished_at)) FROM steps WHERE execution_id = %s",
        (id,),
    )
    ahead, behind = cursor.fetchone()
    assert ahead <= timedelta(0)
    assert behind < timedelta(seconds=20)


def test_step_keeps_the_time_of_its_first_start(cursor: Any, write: Write) -> None:
    id = held(cursor)
    cursor.execute("UPDATE steps SET started_at = '2020-01-01' WHERE execution_id = %s", (id,))
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=CLAIM, output="1", stored=True)
    done.started_at = datetime.now(timezone.utc)

    write(cursor, [Exchange(id, done, [StepRow("b", 1, 1, new_id(), "x", "RUNNING", claim=1, check_in=9)])])

    cursor.execute("SELECT started_at FROM steps WHERE execution_id = %s AND node_id = 'a'", (id,))
    assert cursor.fetchone()[0].year == 2020


def test_batch_records_each_element_for_itself(cursor: Any, write: Write) -> None:
    free, paused, two = held(cursor), held(cursor, "PAUSED"), held(cursor, nodes="ab")
    lost = held(cursor)
    cursor.execute("UPDATE steps SET claim = 9 WHERE execution_id = %s", (lost,))

    written = write(cursor, [element(two, "b"), element(paused), element(free), element(lost), element(two)])

    assert written == [True, False, True, False, True]
    assert steps(cursor, free) == [("a", "COMPLETED"), ("a2", "RUNNING")]
    assert steps(cursor, two) == [("a", "COMPLETED"), ("a2", "RUNNING"), ("b", "COMPLETED"), ("b2", "RUNNING")]
    assert steps(cursor, paused) == steps(cursor, lost) == [("a", "RUNNING")]


def test_any_number_of_elements_is_one_prepared_statement(cursor: Any) -> None:
    ids = [held(cursor) for _ in range(30)]

    for start, end in ((0, 1), (1, 10), (10, 30)):
        assert all(exchange_many(cursor, [element(id) for id in ids[start:end]]))

    cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = 'exchange_steps'")
    assert cursor.fetchone() == (1,)


def test_element_alone_is_written_without_a_document(cursor: Any) -> None:
    simple, several, both = held(cursor), held(cursor), held(cursor)
    rows = [*element(several).started, StepRow("b", 1, 1, new_id(), "x", "SKIPPED")]

    assert exchange(cursor, [element(simple)]) == [True]
    cursor.execute("SELECT array_agg(name) FROM pg_prepared_statements")
    assert cursor.fetchone() == (["exchange_step_common"],)
    assert exchange(cursor, [element(several)._replace(started=rows)]) == [True]
    assert exchange(cursor, [element(both), element(simple)]) == [True, False]

    assert steps(cursor, several) == [("a", "COMPLETED"), ("a2", "RUNNING"), ("b", "SKIPPED")]


@pytest.mark.parametrize("changed", [{"claim": 2}, {"attempt": 2}, {"claimed_by": new_id()}, {"status": "READY"}])
def test_element_with_other_values_is_written_as_a_document(cursor: Any, changed: dict[str, Any]) -> None:
    id = held(cursor)
    given = element(id)
    following = replace(given.started[0], **changed)

    assert exchange(cursor, [given._replace(started=[following])]) == [True]

    cursor.execute(
        "SELECT claim, attempt, claimed_by, status FROM steps WHERE execution_id = %s AND node_id = 'a2'", (id,)
    )
    assert cursor.fetchone() == (following.claim, following.attempt, following.claimed_by, following.status)


@pytest.mark.parametrize(
    ("settled", "next"),
    [
        ({}, {}),
        ({"status": "FAILED", "error": '{"type": "E"}', "output": None}, {}),
        ({"branch": "error"}, {}),
        ({"claim": 2}, {}),
        ({"attempt": 2}, {}),
        ({"visit": 2}, {"visit": 2}),
        ({}, {"visit": 3, "scope": "l:2"}),
        ({"is_last": True}, {}),
    ],
)
@pytest.mark.parametrize("notes", [(), (Record(NOTIFICATION, {"notified": None, "message": "it's"}),)])
def test_all_statements_write_the_same_rows(
    cursor: Any, settled: dict[str, Any], next: dict[str, Any], notes: tuple[Record, ...]
) -> None:
    process = new_id()
    done = StepRow("a", 1, 1, new_id(), "x", "COMPLETED", claim=1, output="1", claimed_by=process, stored=True)
    done = replace(done, started_at=clock.now(), finished_at=clock.now(), **settled)
    following = StepRow("b", 1, 1, new_id(), "y", "RUNNING", claim=1, claimed_by=process, check_in=9)
    following = replace(following, started_at=clock.now(), **next)
    written = []

    for write in (exchange_many, write_alone):
        id = held(cursor)
        cursor.execute(
            "UPDATE steps SET claimed_by = %s, started_at = now(), visit = %s, attempt = %s, claim = %s"
            " WHERE execution_id = %s",
            (process, done.visit, done.attempt, done.claim, id),
        )
        assert write(cursor, [Exchange(id, done, [following], [(done, note) for note in notes])]) == [True]
        times = ("started_at", "finished_at", "next_check_at", "created_at")
        cursor.execute(
            "SELECT (SELECT jsonb_object_agg(key, CASE WHEN key = ANY(%s) THEN to_jsonb(value IS NULL) ELSE value END)"
            " FROM jsonb_each(to_jsonb(s) - 'execution_id' - 'seq' - 'id')) FROM steps s WHERE execution_id = %s"
            " ORDER BY node_id",
            (list(times), id),
        )
        written.append(cursor.fetchall())
        cursor.execute("DELETE FROM notifications RETURNING node_id, notified, message")
        written[-1] += cursor.fetchall()

    assert written[0] == written[1]
    assert len(written[0]) == 2 + len(notes)


def test_steps_of_an_element_keep_their_order(cursor: Any) -> None:
    id = held(cursor)
    names = [f"n{number}" for number in range(20, 0, -1)]
    rows = [StepRow(name, 1, 1, new_id(), "x", "COMPLETED", output="1") for name in names]

    exchange_many(cursor, [element(id)._replace(started=rows)])

    cursor.execute("SELECT node_id FROM steps WHERE execution_id = %s AND node_id <> 'a' ORDER BY seq", (id,))
    assert [row[0] for row in cursor.fetchall()] == names


@pytest.mark.parametrize("output", ['{"b" : 1.0,  "a":"\\u0000"}', '"\\ud800"', '"it\'s \\\\ %s {}"', "null"])
def test_output_is_stored_as_it_was_written(cursor: Any, write: Write, output: str) -> None:
    id = held(cursor)

    write(cursor, [element(id, output=output)])

    cursor.execute("SELECT output::text FROM steps WHERE execution_id = %s AND node_id = 'a'", (id,))
    assert cursor.fetchone() == (output,)


def test_notifications_are_written_with_their_element(cursor: Any, write: Write) -> None:
    free, paused = held(cursor), held(cursor, "PAUSED")
    elements = [element(id) for id in (free, paused)]

    write(
        cursor,
        [
            each._replace(notes=[(each.settled, Record(NOTIFICATION, {"notified": ["ann"], "message": "hello"}))])
            for each in elements
        ],
    )

    cursor.execute("SELECT execution_id, node_id, notified, message FROM notifications")
    assert cursor.fetchall() == [(free, "a", ["ann"], "hello")]


def test_refused_value_of_one_element_writes_nothing(cursor: Any) -> None:
    ids = [held(cursor) for _ in range(3)]

    with pytest.raises(psycopg2.DataError):
        exchange_many(cursor, [element(ids[0]), element(ids[1], output="{"), element(ids[2])])

    assert [steps(cursor, id) for id in ids] == [[("a", "RUNNING")]] * 3
    assert exchange_many(cursor, [element(ids[2])]) == [True]


def test_lookups_use_keys_in_tables_planned_as_empty(cursor: Any, write: Write) -> None:
    write(cursor, [element(held(cursor))])
    ids = [held(cursor) for _ in range(20)]
    cursor.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status)"
        " SELECT gen_random_uuid(), 'a', 1, 1, gen_random_uuid(), 'x', 'COMPLETED' FROM generate_series(1, 5000);"
        "SELECT pg_stat_force_next_flush(); SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'steps'"
    )
    (before,) = cursor.fetchone()

    assert all(write(cursor, [element(id) for id in ids]))

    cursor.execute(
        "SELECT pg_stat_force_next_flush(); SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'steps'"
    )
    assert cursor.fetchone()[0] - before < 1000


def test_same_elements_in_two_processes_do_not_deadlock(cursor: Any, engine: Engine) -> None:
    chance = random.Random(7)
    ids = [held(cursor, nodes="abcd") for _ in range(10)]
    elements = [element(id, node) for id in ids for node in "abcd"]
    written: list[Exchange] = []

    def write(batches: list[list[Exchange]]) -> None:
        with driver(engine) as connection, connection.cursor() as own:
            for batch in batches:
                done = exchange_many(own, batch)
                written.extend(each for each, is_written in zip(batch, done, strict=True) if is_written)

    def renew(orders: list[list[Exchange]]) -> None:
        for order in orders:
            claims = [(each.execution_id, each.settled.node_id, 1, 1, CLAIM, 0) for each in order]
            renew_claims(engine, claims, lease=60)

    def shuffle(size: int) -> list[list[Exchange]]:
        shuffled = chance.sample(elements, len(elements))
        return [shuffled[start : start + size] for start in range(0, len(elements), size)]

    with ThreadPoolExecutor(4) as threads:
        tasks = [threads.submit(write, shuffle(size)) for size in (15, 40)]
        tasks += [threads.submit(renew, [shuffle(40)[0] for _ in range(10)]) for _ in range(2)]
        for task in tasks:
            task.result(60)

    assert len(written) == len(elements)
    assert {status for id in ids for node, status in steps(cursor, id) if len(node) == 1} == {"COMPLETED"}


def test_opposite_orders_lock_steps_in_the_same_order(cursor: Any, engine: Engine) -> None:
    elements = [element(held(cursor)) for _ in range(9)]
    middle = sorted(elements, key=lambda each: each.execution_id)[4].execution_id

    def write(batch: list[Exchange]) -> list[bool]:
        with driver(engine) as connection, connection.cursor() as own:
            return exchange_many(own, batch)

    with driver(engine) as holding, holding.cursor() as holder, ThreadPoolExecutor(2) as threads:
        holder.execute("BEGIN; SELECT 1 FROM steps WHERE execution_id = %s FOR UPDATE", (middle,))
        forth, back = (threads.submit(write, batch) for batch in (elements, elements[::-1]))
        waiting = 0
        while waiting < 2:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            (waiting,) = cursor.fetchone()
        holder.execute("COMMIT")
        done = [forth.result(60), back.result(60)[::-1]]

    assert [first + second for first, second in zip(*done, strict=True)] == [1] * 9
