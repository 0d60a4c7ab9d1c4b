"""Filters of the list of executions and of its counts: statuses, time, and a text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from app.settings import Settings
from app.storage.execution_filters import MOST_NAMED
from tests.api.client import Api
from tests.api.recorded import RecordedExecution

#: Names and statuses, the oldest first.
STATUSES = ("FAILED", "COMPLETED", "CANCELLED", "RUNNING", "FAILED")
ROWS = tuple(zip(("Leads", "Leads", "Orders", "Orders", "Leads"), STATUSES, strict=True))
ODD = ("%25", "_", "%27;--", "%00", "00000000-", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0" * 500)


@pytest.fixture
def ids(api: Api, settings: Settings) -> list[str]:
    """Executions of two workflows; the oldest first."""
    workflows = {name: api.save(name=name, trigger=None)["id"] for name in ("Leads", "Orders")}
    found = []
    for name, status in ROWS:
        id = api.post("/executions", json={"workflow_id": workflows[name]}).json()["id"]
        RecordedExecution(settings.database, id).set_status(status)
        found.append(id)
    return found


def listed(api: Api, ids: list[str], query: str) -> list[int]:
    """The places of what a list shows."""
    response = api.get(f"/executions?{query}")
    assert response.status_code == 200, response.text
    return [ids.index(row["id"]) for row in response.json()]


def counted(api: Api, query: str) -> dict[str, int]:
    return {status: count for status, count in api.get(f"/executions/counts?{query}").json().items() if count}


def test_several_statuses_are_listed_newest_first(api: Api, ids: list[str]) -> None:
    assert listed(api, ids, "status=FAILED,CANCELLED") == [4, 2, 0]
    assert listed(api, ids, "status=FAILED, RUNNING,FAILED") == [4, 3, 0]
    assert listed(api, ids, "status=FAILED") == [4, 0]


def test_pages_of_several_statuses_follow_each_other(api: Api, ids: list[str]) -> None:
    first = api.get("/executions?status=FAILED,CANCELLED,RUNNING&limit=2")
    second = api.get(first.links["next"]["url"])

    assert [ids.index(row["id"]) for row in (*first.json(), *second.json())] == [4, 3, 2, 0]
    assert "next" not in second.links


def test_tests_are_listed_apart_or_with_all_others(api: Api) -> None:
    workflow = api.save(name="Tried", trigger=None)["id"]
    ways = (("/executions", {"workflow_id": workflow}), (f"/workflows/{workflow}/test", {"payload": {}}))
    ids = [api.post(path, json=body).json()["id"] for path, body in ways * 2]

    assert listed(api, ids, "") == listed(api, ids, "kind=run") == [2, 0]
    assert listed(api, ids, "kind=test") == [3, 1]
    assert listed(api, ids, "kind=all") == listed(api, ids, "kind=all&q=tri&status=PENDING,RUNNING") == [3, 2, 1, 0]
    assert listed(api, ids, "kind=all&limit=3") == [3, 2, 1]
    assert [counted(api, f"kind={kind}") for kind in ("run", "test", "all")] == [{"PENDING": n} for n in (2, 2, 4)]
    assert api.get("/executions?kind=other").status_code == 422


def test_unknown_status_is_named(api: Api) -> None:
    response = api.get("/executions?status=FAILED,LOST")

    assert response.status_code == 422
    assert response.json()["detail"].startswith("status has 'LOST'; it can be one or several of PENDING, RUNNING")
    assert api.get("/executions?status=").json()["detail"].startswith("status is empty; it can be one or several of")


def test_text_is_a_part_of_the_name(api: Api, ids: list[str]) -> None:
    assert listed(api, ids, "q=EAD") == [4, 1, 0]
    assert listed(api, ids, "q=ead&status=FAILED,COMPLETED&limit=2") == [4, 1]
    assert listed(api, ids, "q=e") == [4, 3, 2, 1, 0]
    assert listed(api, ids, "q=nothing") == []
    assert counted(api, "q=ead") == {"FAILED": 2, "COMPLETED": 1}
    assert counted(api, "q=nothing") == {}


def test_text_is_the_beginning_of_an_id(api: Api, ids: list[str]) -> None:
    assert listed(api, ids, f"q={ids[2]}") == [2]
    assert listed(api, ids, f"q={ids[2].upper()[:35]}") == [2]
    assert listed(api, ids, f"q={ids[2][:8]}") == [4, 3, 2, 1, 0]
    assert counted(api, f"q={ids[2]}") == {"CANCELLED": 1}


def test_time_bounds_are_kept(api: Api, ids: list[str]) -> None:
    created = [api.get(f"/executions/{id}").json()["created_at"] for id in ids]
    later = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")

    assert listed(api, ids, f"to={later}&from=2026-01-01T00:00:00Z") == [4, 3, 2, 1, 0]
    assert listed(api, ids, f"from={later}") == []
    assert counted(api, f"from={later}") == {}
    assert sum(counted(api, f"to={later}").values()) == 5
    assert sorted(created) == created


@pytest.mark.parametrize("query", ["from=yesterday", "to=12", "from=2026-01-01T00:00:00"])
def test_wrong_moment_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/executions?{query}").status_code == 422
    assert api.get(f"/executions/counts?{query}").status_code == 422


@pytest.mark.parametrize("text", ODD)
def test_odd_text_finds_nothing(api: Api, ids: list[str], text: str) -> None:
    for path in ("/executions", "/executions/counts", "/workflows/summaries"):
        response = api.get(f"{path}?q={text}")
        assert response.status_code == (422 if text == "%00" else 200), response.text
        found = response.json()
        assert text == "%00" or not any(found if isinstance(found, list) else found.values())


def test_text_of_too_many_names_is_refused(api: Api, settings: Settings) -> None:
    saved = api.save(name="w")
    recorded = RecordedExecution(settings.database, saved["id"])
    recorded.execute(
        "INSERT INTO workflows (id, kind, name, document, catalog_revision)"
        " SELECT gen_random_uuid(), 'graph', 'many ' || n, '{}', 1 FROM generate_series(1, %s) n",
        MOST_NAMED + 1,
    )

    response = api.get("/executions?q=many")

    assert response.status_code == 422
    assert "in the names of more than 200 workflows; write more of the name" in response.json()["detail"]
    assert api.get("/executions?q=many 19").status_code == 200


def test_executions_in_place_stay_out(api: Api, ids: list[str], settings: Settings) -> None:
    RecordedExecution(settings.database, ids[4]).execute(
        "UPDATE executions SET inline_path = '[\"a\"]' WHERE id = %s", ids[4]
    )

    assert listed(api, ids, "q=leads&status=FAILED,COMPLETED") == [1, 0]


def test_full_documents_come_with_filters(api: Api, ids: list[str]) -> None:
    found: list[dict[str, Any]] = api.get("/executions?q=leads&full=true&status=FAILED,COMPLETED").json()

    assert [ids.index(row["id"]) for row in found] == [4, 1, 0]
