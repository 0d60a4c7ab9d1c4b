"""Refused deliveries are written by a thread, in few statements, and survive an outage of Postgres."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from sqlalchemy import Engine

from app.hooks.refusal_log import RefusalLog
from app.scripts.stack.processes import wait_until
from app.storage.hooks.definitions import create_hook
from app.storage.hooks.refusals import Refusal
from app.storage.ids import new_id
from app.storage.orm import make_sessions
from tests.servers import execute, fetch

NOW = datetime(2026, 1, 31, tzinfo=timezone.utc)


def make_hook(engine: Engine, name: str) -> str:
    with make_sessions(engine).begin() as session:
        return create_hook(session, name, {"scheme": "none"}).id


def refusal(number: int) -> Refusal:
    return Refusal(NOW, f"reason {number}", None, None)


def kept(url: str, hook_id: str) -> list[str]:
    query = f"SELECT reason FROM hook_refusals WHERE hook_id = '{hook_id}' ORDER BY number"
    return [reason for (reason,) in fetch(url, query)]


def test_refusals_are_written_without_being_asked_for(engine: Engine, database_url: str) -> None:
    hook_id, log = make_hook(engine, "a"), RefusalLog(engine)

    log.add(hook_id, refusal(1))

    assert wait_until(lambda: kept(database_url, hook_id) == ["reason 1"], seconds=20)


def test_flood_writes_few_rows(engine: Engine, database_url: str) -> None:
    flooded, quiet, log = make_hook(engine, "a"), make_hook(engine, "b"), RefusalLog(engine)
    log.add(quiet, refusal(0))

    for number in range(100_000):
        log.add(flooded, refusal(number))
    log.flush()

    assert kept(database_url, flooded) == [f"reason {number}" for number in range(99_900, 100_000)]
    assert kept(database_url, quiet) == ["reason 0"]
    assert fetch(database_url, "SELECT refused FROM hooks ORDER BY name") == [(100_000,), (1,)]


def test_ring_is_written_over(engine: Engine, database_url: str) -> None:
    hook_id, log = make_hook(engine, "a"), RefusalLog(engine)

    for number in range(250):
        log.add(hook_id, refusal(number))
        if number % 70 == 0:
            log.flush()
    log.flush()

    assert kept(database_url, hook_id) == [f"reason {number}" for number in range(150, 250)]


def test_refusals_of_a_deleted_hook_are_dropped(engine: Engine, database_url: str) -> None:
    hook_id, log = make_hook(engine, "a"), RefusalLog(engine)
    log.add(new_id(), refusal(1))
    log.add(hook_id, refusal(2))

    log.flush()

    assert fetch(database_url, "SELECT hook_id, reason FROM hook_refusals") == [(hook_id, "reason 2")]


def test_refusals_wait_while_postgres_fails(
    engine: Engine, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    hook_id, log = make_hook(engine, "a"), RefusalLog(engine)
    execute(database_url, "ALTER TABLE hook_refusals RENAME TO away")
    log.add(hook_id, refusal(1))

    log.flush()
    log.add(hook_id, refusal(2))
    execute(database_url, "ALTER TABLE away RENAME TO hook_refusals")
    log.flush()

    assert kept(database_url, hook_id) == ["reason 1", "reason 2"]
    assert "Refused deliveries of 1 hooks are not written yet" in caplog.text
