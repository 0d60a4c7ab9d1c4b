"""``GET /steps/{id}/values/{name}``: parts of large values, by their paths."""

from __future__ import annotations

from typing import Any

import pytest

from app.settings import Settings
from app.storage.ids import new_id
from tests.api.client import Api
from tests.api.recorded import RecordedExecution
from tests.api.routes.test_step_parameters import Called

ORDERS = [{"id": index, "note": "x" * 60} for index in range(5_000)]
VALUE = {"orders": ORDERS, "text": "ä" * 70_000, "a/b~c": {"": 1.10}, "none": None, "small": [1, 2]}


@pytest.fixture
def step(api: Api, settings: Settings) -> str:
    """A step whose output has 400 kB."""
    api.save()
    execution = RecordedExecution(settings.database, api.fire({"score": 1})["executions"][0]["id"])
    execution.step("start", output=VALUE, id=(id := new_id()))
    return id


def part(api: Api, step: str, name: str = "output", **query: Any) -> Any:
    response = api.get(f"/steps/{step}/values/{name}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def test_large_values_of_step_can_be_left_out(api: Api, step: str) -> None:
    whole, small = (api.get(f"/steps/{step}", params={"full": full}).json() for full in (True, False))

    assert whole["output"] == VALUE
    assert "output_bytes" not in whole
    assert small["output"] is None
    assert small["output_bytes"] > 400_000
    assert small["input"] == whole["input"] == {"score": 1}


def test_entries_are_whole_or_have_their_size(api: Api, step: str) -> None:
    root = part(api, step)

    entries = {entry["key"]: entry for entry in root["entries"]}
    assert (root["kind"], root["size"], root["value"], root["path"]) == ("object", 5, None, "")
    assert entries["orders"] == {
        "key": "orders",
        "kind": "array",
        "size": 5_000,
        "value": None,
        "bytes": part(api, step, path="/orders")["bytes"],
    }
    assert entries["small"] == {"key": "small", "kind": "array", "size": 2, "value": [1, 2], "bytes": None}
    assert (entries["none"]["kind"], entries["none"]["value"], entries["none"]["bytes"]) == ("null", None, None)


def test_entries_are_paged(api: Api, step: str) -> None:
    first = api.get(f"/steps/{step}/values/output", params={"path": "/orders", "limit": 1000, "cursor": 3500})
    second = api.get(first.links["next"]["url"])

    assert [entry["key"] for entry in first.json()["entries"]][::999] == [3500, 4499]
    assert [entry["value"] for entry in second.json()["entries"]] == ORDERS[4500:]
    assert "next" not in second.links


def test_long_text_comes_in_pages(api: Api, step: str) -> None:
    first = api.get(f"/steps/{step}/values/output", params={"path": "/text"})
    second = api.get(first.links["next"]["url"])

    assert (first.json()["kind"], first.json()["size"]) == ("string", 70_000)
    assert first.json()["value"] + second.json()["value"] == VALUE["text"]
    assert "next" not in second.links


@pytest.mark.parametrize(
    ("path", "value"), [("/orders/7/id", 7), ("/a~1b~0c/", 1.10), ("/none", None), ("/small/1", 2)]
)
def test_part_is_found_by_its_path(api: Api, step: str, path: str, value: Any) -> None:
    assert part(api, step, path=path)["value"] == value


@pytest.mark.parametrize("path", ["/gone", "/orders/5000", "/orders/-1", "/orders/x", "/text/0", "/none/a", "/"])
def test_part_that_does_not_exist_is_not_found(api: Api, step: str, path: str) -> None:
    response = api.get(f"/steps/{step}/values/output", params={"path": path})

    assert response.status_code == 404
    assert response.json()["detail"] == f"The value has no part at {path!r}."


def test_bad_questions_are_refused(api: Api, step: str) -> None:
    wrong = api.get(f"/steps/{step}/values/output", params={"path": "orders"})

    assert wrong.status_code == 422
    assert wrong.json()["detail"] == "The path 'orders' is not a JSON Pointer; it begins with / or is empty."
    assert api.get(f"/steps/{step}/values/secrets").status_code == 422
    assert api.get(f"/steps/{step}/values/output", params={"cursor": -1}).status_code == 422
    assert api.get(f"/steps/{new_id()}/values/output").status_code == 404
    assert api.get(f"/steps/{step}/values/output", params={"execution_id": new_id()}).status_code == 404


def test_value_that_is_absent_is_null(api: Api, step: str) -> None:
    assert part(api, step, "error")["kind"] == "null"
    assert part(api, step, "output", path="/orders", cursor=2**31)["entries"] == []


def test_secret_is_hidden_as_in_whole_value(api: Api, settings: Settings) -> None:
    called = Called(api, settings)
    step = called.step()

    found = part(api, step, "parameters", path="/headers")

    assert [(entry["key"], entry["value"]) for entry in found["entries"]] == [("X-Key", "key ***")]
    assert part(api, step, "input")["entries"][0]["value"] == 7
