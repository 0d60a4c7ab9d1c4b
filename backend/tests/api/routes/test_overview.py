"""The last hour in numbers."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import text

from app.settings import Settings
from app.storage.engine import make_engine
from app.storage.ids import least_id_at, new_id
from app.storage.orm import cursor_of, make_sessions
from app.storage.overview import ALL, MOST_COUNTED
from tests.api.client import Api
from tests.api.pending_approvals import ASKING, PendingApprovals
from tests.api.recorded import RecordedExecution


def counts(api: Api) -> dict[str, int]:
    found: dict[str, Any] = api.get("/overview").json()
    return {name: found[name]["count"] for name in ("events", "started", "failed", "asked")}


def test_last_hour_is_counted(api: Api, settings: Settings) -> None:
    api.save()
    first, _ = (api.fire({"n": n})["executions"][0]["id"] for n in range(2))
    api.save(name="other", trigger={"var": "never"})
    api.fire({"n": 3})
    RecordedExecution(settings.database, first).execute(
        "UPDATE executions SET status = 'FAILED', finished_at = now() WHERE id = %s", first
    )

    found = api.get("/overview").json()

    assert counts(api) == {"events": 3, "started": 3, "failed": 1, "asked": 0}
    assert [len(found[name]["bars"]) for name in ("events", "started", "failed", "asked")] == [24] * 4
    assert (found["seconds"], found["waiting"], found["due_soon"]) == (150, 0, 0)
    assert sum(found["events"]["bars"][-2:]) == 3


def test_execution_that_failed_long_after_its_start_counts(api: Api, settings: Settings) -> None:
    saved = api.save()
    recorded = RecordedExecution(settings.database, new_id())
    old = "00000000-0000-7000-8000-000000000001"
    for id, age in ((old, "1 minute"), (new_id(), "2 hours")):
        recorded.execute(
            "INSERT INTO executions (id, workflow_id, version, status, payload, finished_at)"
            " VALUES (%s, %s, 1, 'FAILED', '{}', now() - %s::interval)",
            *(id, saved["id"], age),
        )

    assert counts(api) == {"events": 0, "started": 1, "failed": 1, "asked": 0}


def test_approvals_that_wait_are_counted(api: Api, settings: Settings) -> None:
    asked = PendingApprovals(api, settings.database)
    asked.workflow = api.save(name="asks", graph=ASKING, trigger=None)["id"]
    asked.ask()

    found = api.get("/overview").json()

    assert (found["asked"]["count"], found["waiting"]) == (1, 1)


@pytest.fixture
def many(api: Api, settings: Settings) -> Api:
    """Far more failed executions than are counted; most of them failed long ago."""
    workflow = api.save(trigger=None)["id"]
    recorded = RecordedExecution(settings.database, workflow)
    for count, age in ((12_000, "1 minute"), (28_000, "3 days")):
        recorded.execute(
            "INSERT INTO executions (id, workflow_id, version, status, payload, finished_at)"
            " SELECT overlay(gen_random_uuid()::text placing left(%s, 13) from 1 for 13)::uuid, %s, 1, 'FAILED', '{}',"
            " now() - %s::interval FROM generate_series(1, %s)",
            *(least_id_at(datetime.now(timezone.utc), seconds=-60 if count == 12_000 else -3 * 86_400), workflow),
            *(age, count),
        )
    recorded.execute("ANALYZE executions")
    return api


def test_part_is_counted_up_to_a_bound(many: Api) -> None:
    found = many.get("/overview").json()

    for name in ("started", "failed"):
        assert (found[name]["count"], found[name]["is_more"]) == (MOST_COUNTED, True)
    assert found["events"] == {"count": 0, "is_more": False, "bars": [0] * 24}


def test_each_number_is_a_search_in_an_index(many: Api, settings: Settings) -> None:
    engine = make_engine(settings)
    with make_sessions(engine)() as session, session.begin():
        session.execute(text("ANALYZE executions"))
        cursor = cursor_of(session)
        cursor.execute(f"EXPLAIN {ALL}", {"most": MOST_COUNTED + 1})
        said = "\n".join(row[0] for row in cursor.fetchall())
    engine.dispose()

    assert "executions_failed_at" in said
    assert "Seq Scan on executions" not in said
