"""DAGs of ``/v1`` on two workers of different pools."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from app.settings import Settings
from tests.api.client import FETCHER, Api, running_api
from tests.scenarios.stack import Stack, stack
from tests.servers import NOWHERE, Databases
from tests.service import Service


class Door:
    """An API for DAGs, and the stack that runs them."""

    def __init__(self, api: Api, two: Stack) -> None:
        self.api = api
        self.two = two

    def submit(self, nodes: list[dict[str, Any]], name: str = "d") -> str:
        response = self.api.post("/v1/workflow", json={"name": name, "dag": {"nodes": nodes}})
        assert response.status_code == 202, response.text
        return str(response.json()["execution_id"])

    def trigger(self, id: str, **parameters: Any) -> str:
        response = self.api.post(f"/v1/workflow/trigger/{id}", json={"input_params": parameters})
        assert response.status_code == 200, response.text
        started = str(response.json()["execution_id"])
        self.two.wake(started)
        return started

    def run(self, nodes: list[dict[str, Any]], **parameters: Any) -> dict[str, Any]:
        """Run a DAG to its end; return its results."""
        return self.results(self.trigger(self.submit(nodes), **parameters))

    def results(self, id: str) -> dict[str, Any]:
        self.two.finish(id)
        found: dict[str, Any] = self.api.get(f"/v1/workflows/{id}/results").json()
        return found

    def state(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/v1/workflows/{id}").json()
        return found

    def wait_for(self, id: str, **states: str) -> None:
        """Wait until these nodes have these states at the same time."""

        def has() -> bool:
            found = self.state(id)["node_states"]
            return all(found[node] == state for node, state in states.items())

        assert wait_until(has, seconds=20), self.two.story(id)


@pytest.fixture(scope="module")
def two(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with two workers, one of processes and one of threads."""
    with stack(servers, databases, tmp_path_factory.mktemp("two")) as opened:
        opened.start_worker(pool="prefork", concurrency=2)
        opened.start_worker(pool="threads", concurrency=4)
        yield opened


@pytest.fixture(scope="module")
def door(two: Stack) -> Iterator[Door]:
    with running_api(Settings(database_url=two.database_url, workflows_dir=NOWHERE)) as api:
        yield Door(api, two)


def node(id: str, handler: str, *dependencies: str, **said: Any) -> dict[str, Any]:
    return {"id": id, "handler": handler, "dependencies": list(dependencies), **said}


def call(id: str, url: str, *dependencies: str, **config: Any) -> dict[str, Any]:
    """A node that calls its URL, although services are simulated by default."""
    return node(id, "call_external_service", *dependencies, config={"url": url, "mock": False, **config})


#   input ─▶ fetch ─▶ analyze ─▶ output
def test_chain_passes_outputs_and_input_means_parameters(door: Door) -> None:
    user = {"user": {"name": "Ada", "tags": ["x", "y"]}}
    prompt = "{{ input.who }} asks of {{ fetch.output.response.user.name }}: {{ input.output.n }}{{ input.missing }}"
    chain = [
        node("input", "input"),
        node("fetch", "call_external_service", "input", config={"url": "http://x/{{ input.n }}", "mock": user}),
        node("analyze", "llm", "fetch", config={"prompt": prompt, "model": "{{ fetch.output.response.user.tags[1] }}"}),
        node("output", "output", "analyze"),
    ]

    results = door.run(chain, who="Grace", n=7)

    assert results["state"] == "COMPLETED"
    assert list(results["output_data"]) == ["analyze"]
    assert results["output_data"]["analyze"]["response"].endswith("The prompt was: Grace asks of Ada: 7")
    assert results["output_data"]["analyze"]["model"] == "y"
    assert results["completed_at"]
    assert door.api.get(f"/executions/{results['id']}/steps").json()[1]["output"] == {
        "status_code": 200,
        "url": "http://x/7",
        "method": "GET",
        "response": user,
    }


#         ┌─▶ b ─┐
#   a ────┼─▶ c ─┼──▶ e
#         └─▶ d ─┘
def test_fan_out_runs_in_parallel_and_fan_in_gets_all(door: Door, calls: Service) -> None:
    fan = [
        node("a", "input"),
        call("b", calls.url + "/meet", "a"),
        call("c", calls.url + "/meet", "a"),
        node("d", "call_external_service", "a", config={"url": "http://x", "mock": "{{ a.output.n }}"}),
        node("e", "output", "b", "c", "d"),
    ]

    results = door.run(fan, n=[1, 2])

    assert calls.meetings == 1
    assert list(results["output_data"]) == ["b", "c", "d"]
    assert [results["output_data"][id]["response"] for id in "bcd"] == [{}, {}, [1, 2]]


#            ┌─ yes ─▶ b ─┐
#   choose ──┤            ├─▶ d         alone
#            └─ else ─▶ c ┘
def test_output_excludes_skipped_nodes(door: Door) -> None:
    cases = [{"label": "yes", "condition": {"var": "go"}, "next": "b"}, {"else": True, "next": "c"}]
    nodes = [
        node("choose", "branch", config={"cases": cases}),
        node("b", "transform", config={"value": {"var": "go"}}),
        node("c", "input"),
        node("d", "output", "b", "c"),
        node("alone", "output"),
    ]

    results = door.run(nodes, go="now")

    assert results["output_data"] == {"alone": {}, "d": {"b": "now"}}
    assert door.state(results["id"])["node_states"]["c"] == "PENDING"


#             ┌─▶ b ─┐
#   input ────┤      ├─▶ d ─▶ output          b and c end at the same moment, in all of them
#             └─▶ c ─┘
def test_concurrent_arrivals_run_the_join_once(door: Door, calls: Service) -> None:
    many = 60
    until = {"until": "{{ input.at }}"}
    race = [
        node("input", "input"),
        node("b", "delay", "input", config=until),
        node("c", "delay", "input", config=until),
        call("d", calls.url + "/d", "b", "c", method="POST", body={"b": "{{ b.output }}", "c": "{{ c.output }}"}),
        node("output", "output", "d"),
    ]
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda n: door.submit(race, "race"), range(many)))
        # One pair after the other, so that workers are free when both of a pair are due.
        first = datetime.now(timezone.utc) + timedelta(seconds=4)
        moments = [(first + timedelta(milliseconds=40 * number)).isoformat() for number in range(many)]
        list(pool.map(lambda id, at: door.trigger(id, at=at), ids, moments))

    door.two.finish_all(ids, seconds=120)

    assert list(calls.keys("/d").values()) == [1] * many
    assert sorted(each.json["b"]["until"] for each in calls.at("/d")) == moments
    assert all(each.json["b"] == each.json["c"] for each in calls.at("/d"))
    rows = door.two.rows(
        "SELECT node_id, count(*) AS n, max(attempt) AS attempts, max(claim) AS claims FROM steps"
        " WHERE execution_id = ANY(%s::uuid[]) AND status = 'COMPLETED' GROUP BY node_id ORDER BY node_id",
        (ids,),
    )
    assert [(row.node_id, row.n, row.attempts) for row in rows] == [
        (id, many, 1) for id in ("b", "c", "d", "input", "output")
    ]
    assert next(row.claims for row in rows if row.node_id == "d") == 1
    assert len(door.two.rows("SELECT 1 FROM workflows WHERE name = 'race' AND version = 1")) == 1


def test_simulated_example_shows_running_nodes(door: Door) -> None:
    submitted = door.api.post("/v1/workflow", json=FETCHER).json()["execution_id"]

    id = door.trigger(submitted, user_id=123)

    door.wait_for(id, input="COMPLETED", get_user="RUNNING", get_posts="RUNNING", output="PENDING")
    assert door.state(id)["state"] == "RUNNING"
    assert door.state(id)["started_at"]
    results = door.results(id)
    assert results["state"] == "COMPLETED"
    assert {name: each["url"] for name, each in results["output_data"].items()} == {
        "get_user": "http://api.example.com/user",
        "get_posts": "http://api.example.com/posts",
    }
    assert set(door.state(id)["node_states"].values()) == {"COMPLETED"}
    assert door.trigger(id) != id


#   slow ─▶ after
def test_node_is_running_while_its_handler_runs(door: Door, calls: Service) -> None:
    id = door.trigger(door.submit([call("slow", calls.url + "/hold"), node("after", "output", "slow")]))

    calls.wait_for("/hold")

    assert door.state(id)["node_states"] == {"slow": "RUNNING", "after": "PENDING"}
    assert door.api.post(f"/v1/workflow/trigger/{id}").status_code == 409
    calls.released.set()
    assert door.results(id)["output_data"] == {"slow": {**door.two.step(id, "slow").output}}


#   a (fails) ─▶ b
def test_node_without_retries_left_fails_the_execution(door: Door, calls: Service) -> None:
    never = {"max_retries": 0}

    results = door.run([{**call("a", calls.url + "/x?code=404"), "retry_config": never}, node("b", "output", "a")])

    assert (results["state"], results["output_data"]) == ("FAILED", None)
    assert door.state(results["id"])["node_states"] == {"a": "FAILED", "b": "PENDING"}
    assert len(calls.calls) == 1


#   a (waits to be tried again) ─▶ b
def test_node_waiting_for_retry_is_shown_as_queued(door: Door, calls: Service) -> None:
    later = {"initial_delay": 60}
    nodes = [{**call("a", calls.url + "/x?code=500"), "retry_config": later}, node("b", "output", "a")]
    id = door.trigger(door.submit(nodes))
    door.wait_for(id, a="QUEUED", b="PENDING")

    door.two.cancel(id)

    assert door.results(id)["state"] == "CANCELLED"
    assert door.state(id)["node_states"] == {"a": "FAILED", "b": "PENDING"}
