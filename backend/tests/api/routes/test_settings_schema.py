"""The JSON Schema of a workflow's settings accepts what a save accepts, and names all of it."""

from __future__ import annotations

from typing import Any

import pytest

from app.flow_control.spec import KEYS
from tests.api.client import Api


def schema(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/workflows/schema").json()
    return found


def test_schema_has_every_setting(api: Api) -> None:
    properties = schema(api)["properties"]

    assert list(properties) == ["name", "description", "is_active", *KEYS]
    assert all(each.get("description") for name, each in properties.items() if name != "name")
    members = [each for key in KEYS for each in properties[key].get("properties", {}).values()]
    assert len(members) == 18
    assert all(each["description"] for each in members)


@pytest.mark.parametrize("key", [key for key in KEYS if key != "self"])
def test_schema_requires_what_a_save_requires(api: Api, key: str) -> None:
    values = {"limit": 2, "period": "5m", "size": 3, "cron": "0 9 * * 1-5"}
    required = schema(api)["properties"][key]["required"]

    saved = api.save(**{key: {name: values[name] for name in required}})

    assert saved[key] == {name: values[name] for name in required}
    for left_out in required:
        body = {"name": "w", key: {name: values[name] for name in required if name != left_out}}
        assert left_out in api.post("/workflows", json=body).json()["detail"][0]["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_schema_is_no_workflow(api: Api, method: str) -> None:
    assert api.request(method, "/workflows/schema", json={}).status_code == 405
