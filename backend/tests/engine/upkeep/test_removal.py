"""The timekeeper removes idempotency keys that have expired."""

from __future__ import annotations

from sqlalchemy import Engine

from app.engine.upkeep.chore import Chore
from app.engine.upkeep.removal import Removal, remove_expired_keys
from app.storage.database import driver


def count_keys(engine: Engine) -> int:
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM idempotency_keys")
        (count,) = cursor.fetchone() or (0,)
        return int(count)


def test_expired_keys_are_removed_in_batches(engine: Engine) -> None:
    with driver(engine) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO idempotency_keys (key, route, expires_at)"
            " SELECT n, 'POST /events', CASE n WHEN 1 THEN NULL WHEN 2 THEN now() + interval '1 hour' ELSE now() END"
            " FROM generate_series(1, 7) n"
        )
    expiry = Removal(engine, remove_expired_keys, batch=2)

    Chore("expired_keys", expiry.run_batch).run()

    assert count_keys(engine) == 2
