"""The timekeeper removes idempotency keys that have expired."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.engine.upkeep.chore import Chore
from app.engine.upkeep.expired_keys import ExpiredKeys
from app.settings import Settings
from app.storage.database import driver, make_engine


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings)
    yield engine
    engine.dispose()


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
    expiry = ExpiredKeys(engine, batch=2)

    Chore("expired_keys", expiry.run_batch).run()

    assert count_keys(engine) == 2
