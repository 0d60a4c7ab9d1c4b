"""``GET /executions/{a}/diff/{b}``: inputs and outputs of two executions, side by side."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg2

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


def test_sentence_is_about_the_way_before_outputs(api: Api, settings: Settings) -> None:
    api.save(graph=CHAIN)
    first, second = record(api, settings, 1), record(api, settings, 2)

    def sentence() -> str:
        return str(api.get(f"/executions/{first}/diff/{second}").json()["sentence"])

    assert sentence() == (
        "Both went the same way. The output of start is the first that differs: `n` of it was 1 in A and 2 in B."
    )
    RecordedExecution(settings.database, second).execute(
        "UPDATE steps SET status = 'FAILED' WHERE execution_id = %s AND node_id = 'b'", second
    )
    assert sentence() == "They went the same way until b, which is COMPLETED in A and FAILED in B."


def test_steps_of_both_are_named(api: Api, settings: Settings) -> None:
    api.save(graph=CHAIN)
    a, b = record(api, settings, 1), record(api, settings, 1)

    ids = compare(api, a, b)["c"]["step_ids"]

    assert [api.get(f"/steps/{id}").json()["execution_id"] for id in ids] == [a, b]


def test_executions_of_different_workflows_are_refused(api: Api, settings: Settings) -> None:
    api.save(name="Left", graph=CHAIN)
    first = record(api, settings, 1)
    right = api.save(name="Right", graph=CHAIN, trigger=None)["id"]
    second = api.post("/executions", json={"workflow_id": right}).json()["id"]

    refused = api.get(f"/executions/{first}/diff/{second}")

    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        f'Execution {first} runs the workflow "Left" and execution {second} runs "Right"; only executions of one'
        " workflow can be compared.",
    )


#   start ──▶ tick ──▶ again ──done──▶ end
#               ◀────again──┘
AGAIN = [{"label": "again", "condition": {"!!": [{"var": "go"}]}}, {"label": "done", "else": True}]
LOOP: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "tick", "type": "transform", "data": {"max_visits": 10_000}},
        {"id": "again", "type": "branch", "data": {"cases": AGAIN, "max_visits": 10_000}},
        {"id": "end", "type": "end"},
    ],
    "edges": [
        {"source": "start", "target": "tick"},
        {"source": "tick", "target": "again"},
        {"source": "again", "target": "tick", "sourceHandle": "again"},
        {"source": "again", "target": "end", "sourceHandle": "done"},
    ],
}
_TURNS = """
INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, scope, branch, output, started_at,
    finished_at)
SELECT %(id)s, node, n, 1, gen_random_uuid(), type, 'COMPLETED', n::text,
       CASE WHEN node = 'tick' THEN NULL WHEN n < %(turns)s THEN '#again' ELSE '#done' END,
       json_build_object('n', CASE WHEN n = %(odd)s AND node = 'tick' THEN -1 ELSE n END), now(), now()
FROM generate_series(1, %(turns)s) AS turn (n), (VALUES ('tick', 'transform'), ('again', 'branch')) given (node, type)
ORDER BY turn.n, given.node DESC"""


def test_loops_of_ten_thousand_steps_are_compared(api: Api, settings: Settings) -> None:
    api.save(graph=LOOP)
    ids = []
    for odd in (0, 3000):
        id = api.fire({"go": True})["executions"][0]["id"]
        recorded = RecordedExecution(settings.database, id)
        recorded.step("start", type="start")
        with closing(psycopg2.connect(settings.database)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(_TURNS, {"id": id, "turns": 5000, "odd": odd})
        ids.append(id)

    nodes = api.get(f"/executions/{ids[0]}/diff/{ids[1]}").json()["nodes"]

    different = [(node["node_id"], node["visit"]) for node in nodes if "differs" in (node["input"], node["output"])]
    assert len(nodes) == 10_001
    assert different == [("tick", 3000), ("again", 3000)]
