"""``GET /executions/{a}/diff/{b}``: inputs and outputs of two executions, side by side."""

from __future__ import annotations

from typing import Any

from app.settings import Settings
from tests.api.client import Api
from tests.api.recorded import RecordedExecution

#   start ──▶ a ──▶ b ──▶ c
CHAIN: dict[str, Any] = {
    "nodes": [{"id": id, "type": "start" if id == "start" else "transform"} for id in ("start", "a", "b", "c")],
    "edges": [{"source": source, "target": target} for source, target in (("start", "a"), ("a", "b"), ("b", "c"))],
}


def record(api: Api, settings: Settings, n: int, *, large: bool = False) -> str:
    """An execution whose node ``a`` answers with ``n``, and ``b`` with what is large, or always the same."""
    execution = str(api.fire({"n": n})["executions"][0]["id"])
    recorded = RecordedExecution(settings.database, execution)
    recorded.step("start", output={"n": n}, type="start")
    recorded.step("a", output={"found": [{"n": n}]})
    recorded.step("b", output={"text": f"{n}" * 300_000 if large else "same"})
    recorded.step("c", output=1)
    return execution


def compare(api: Api, a: str, b: str) -> dict[str, Any]:
    response = api.get(f"/executions/{a}/diff/{b}")
    assert response.status_code == 200, response.text
    return {node["node_id"]: node for node in response.json()["nodes"]}


def test_first_difference_of_each_input_has_its_pointer(api: Api, settings: Settings) -> None:
    api.save(graph=CHAIN)

    found = compare(api, record(api, settings, 1), record(api, settings, 2))

    assert found["a"]["input_difference"] == {"pointer": "/n", "a": 1, "b": 2}
    assert (found["b"]["input"], found["b"]["output"]) == ("differs", "same")
    assert found["b"]["input_difference"] == {"pointer": "/found/0/n", "a": 1, "b": 2}
    assert (found["c"]["input"], found["c"]["input_difference"]) == ("same", None)


def test_large_input_differs_without_a_pointer(api: Api, settings: Settings) -> None:
    api.save(graph=CHAIN)

    found = compare(api, record(api, settings, 1, large=True), record(api, settings, 2, large=True))

    assert (found["c"]["input"], found["c"]["input_difference"]) == ("differs", None)


def test_input_that_a_fork_was_given_is_compared(api: Api, settings: Settings) -> None:
    api.save(graph=CHAIN)
    first, second = record(api, settings, 1), record(api, settings, 1)
    given = '{"node": "a", "visit": 1, "value": {"n": 7}}'
    RecordedExecution(settings.database, second).execute(
        "UPDATE executions SET given_input = %s WHERE id = %s", given, second
    )

    found = compare(api, first, second)

    assert (found["a"]["input"], found["b"]["input"]) == ("differs", "same")
