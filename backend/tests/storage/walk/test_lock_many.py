"""Several executions are held at once, read as if each were locked alone."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine

from app.storage.database import driver
from app.storage.ids import new_id
from app.storage.walk.lock import lock_execution
from app.storage.walk.lock_many import Wanted, lock_many
from tests.storage.walk.test_exchange import held

NAMES = [("a", 1), ("none", None), ("b", None)]


def test_reads_what_the_lock_of_one_execution_reads(cursor: Any) -> None:
    event, ids = new_id(), [held(cursor, nodes="ab") for _ in range(2)]
    cursor.execute(
        "INSERT INTO events (id, type, payload, answer) VALUES (%(event)s, '\"t\"', '{\"n\": 1}', '{}');"
        "UPDATE executions SET event_id = %(event)s, payload = '{\"n\": 1}' WHERE id = %(id)s;"
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status)"
        " VALUES (%(id)s, 'b', 2, 1, %(id)s, 'x', 'READY');"
        "INSERT INTO join_counts (execution_id, key, scope, taken) VALUES (%(id)s, 'j', '', 3), (%(id)s, 'k', '', 4)",
        {"event": event, "id": ids[0]},
    )
    alone = []
    for id, first in zip(ids, (True, False), strict=True):
        alone.append(lock_execution(cursor, id, NAMES, ["j"], first=first))
        cursor.execute("ROLLBACK")

    together = lock_many(cursor, {ids[0]: Wanted(NAMES, ["j"], True), ids[1]: Wanted(NAMES, ["j"])})

    assert together == dict(zip(ids, alone, strict=True))
    cursor.execute("ROLLBACK")


def test_leaves_out_what_others_hold_and_what_does_not_exist(cursor: Any, engine: Engine) -> None:
    free, taken = held(cursor), held(cursor)
    with driver(engine) as connection, connection.cursor() as other:
        lock_execution(other, taken)

        assert list(lock_many(cursor, {id: Wanted() for id in (taken, new_id(), free)})) == [free]


def test_sees_what_the_last_holder_committed(cursor: Any, engine: Engine) -> None:
    id = held(cursor)
    with (
        driver(engine) as connection,
        connection.cursor() as other,
        ThreadPoolExecutor(1) as thread,
        driver(engine) as third,
        third.cursor() as watching,
    ):
        lock_execution(other, id)
        waiting = thread.submit(lock_many, cursor, {id: Wanted([("a", None)])}, skip_locked=False)
        wait_for_lock(watching)
        other.execute(
            "UPDATE executions SET open_steps = 7 WHERE id = %(id)s;"
            "UPDATE steps SET status = 'WAITING' WHERE execution_id = %(id)s; COMMIT",
            {"id": id},
        )
        locked = waiting.result(30)[id]

    assert (locked.open_steps, locked.step.status if locked.step else None) == (7, "WAITING")
    cursor.execute("ROLLBACK")


def wait_for_lock(cursor: Any) -> None:
    waiting = 0
    while not waiting:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        (waiting,) = cursor.fetchone()


def test_same_executions_in_two_processes_do_not_deadlock(cursor: Any, engine: Engine) -> None:
    ids = [held(cursor) for _ in range(20)]

    def lock(seed: int) -> int:
        chance, count = random.Random(seed), 0
        with driver(engine) as connection, connection.cursor() as own:
            for _ in range(30):
                wanted = chance.sample(ids, chance.randint(2, 20))
                count += len(lock_many(own, {id: Wanted() for id in wanted}, skip_locked=False)) - len(wanted)
                own.execute("COMMIT")
        return count

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(lock, range(3))) == [0, 0, 0]
