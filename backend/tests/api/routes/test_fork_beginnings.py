"""A fork begins at a step that exists."""

from __future__ import annotations

import pytest

from tests.api.client import Api


@pytest.mark.parametrize("step", ["\x00", "\ud800", "none", "0199c1f2-6003-7c58-a1b2-93d4e5f60718"])
def test_unknown_step_is_refused_whatever_its_form(api: Api, step: str) -> None:
    workflow = api.save()
    execution = api.post("/executions", json={"workflow_id": workflow["id"]}).json()["id"]

    refused = api.post(f"/executions/{execution}/fork", json={"from": step})

    assert refused.status_code == 404
    assert refused.json() == {"detail": f"Step {step} does not exist in execution {execution}."}
