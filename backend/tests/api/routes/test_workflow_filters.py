"""Filters of the list of workflows: name, kind, active or not, failing or not."""

from __future__ import annotations

import pytest

from app.settings import Settings
from tests.api.client import Api
from tests.api.recorded import RecordedExecution


@pytest.fixture
def failed(api: Api, settings: Settings) -> RecordedExecution:
    """An execution of ``Leads`` that failed; ``Orders`` is inactive and has one that has not."""
    leads = api.save(name="Leads", trigger=None)["id"]
    orders = api.save(name="Orders", trigger=None, is_active=False)["id"]
    ids = [api.post("/executions", json={"workflow_id": each}).json()["id"] for each in (leads, orders)]
    recorded = RecordedExecution(settings.database, ids[0])
    recorded.set_status("FAILED")
    return recorded


def names(api: Api, query: str) -> list[str]:
    return [row["name"] for row in api.get(f"/workflows/summaries?{query}").json()]


def test_workflows_are_found_by_whether_they_are_active(api: Api, failed: RecordedExecution) -> None:
    assert names(api, "is_active=true") == ["Leads"]
    assert names(api, "is_active=false") == ["Orders"]
    assert names(api, "is_active=false&q=LEAD") == []
    assert api.get("/workflows/summaries?is_active=perhaps").status_code == 422


def test_failing_workflows_have_failed_lately(api: Api, failed: RecordedExecution) -> None:
    assert names(api, "failing=true") == ["Leads"]

    failed.execute(
        "UPDATE executions SET id = overlay(id::text placing '01800000-0000' from 1 for 13)::uuid WHERE id = %s",
        failed.execution_id,
    )

    assert names(api, "failing=true") == []
    assert names(api, "failing=false") == ["Orders", "Leads"]
