"""One answer agrees with itself: the status, the steps and the times that it shows are of one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.api.client import Api
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack

LIVE, ENDED = {"READY", "RUNNING", "WAITING"}, {"COMPLETED", "FAILED", "CANCELLED"}
#: Executions of each kind that are read while they run.
EACH = 3


def begin_graph(api: Api, threads: Stack) -> str:
    """An execution with a fork, a join and a short delay."""
    drawn = graph(
        "start>a>b>d", "a>c>d", "d>e", a=node("nap"), b=node("nap"), c=node("nap", seconds=0.02), e=node("delay", ms=5)
    )
    return threads.begin(drawn)


def begin_steps(api: Api, threads: Stack) -> str:
    one = {"execution_type": "parallel", "tasks": [{"name": "task_a", "params": {}}, {"name": "task_b", "params": {}}]}
    answer = api.post("/api/workflow", json={"name": "agreement", "steps": [one, one, one]})
    assert answer.status_code in (200, 201, 202), answer.text
    return str(answer.json()["workflow_id"])


def begin_dag(api: Api, threads: Stack) -> str:
    nodes = [{"id": "a", "handler": "llm_service", "dependencies": [], "config": {"prompt": "p"}}]
    nodes += [{"id": "b", "handler": "llm_service", "dependencies": ["a"], "config": {"prompt": "p"}}]
    submitted = api.post("/v1/workflow", json={"name": "agreement", "dag": {"nodes": nodes}}).json()["execution_id"]
    return str(api.post(f"/v1/workflow/trigger/{submitted}", json={}).json()["execution_id"])


def check_changes(found: dict[str, Any]) -> bool:
    """The execution and its steps, as ``/changes`` shows them; True once it has ended."""
    execution, steps = found["execution"], found["steps"]
    has_ended = execution["status"] in ENDED
    statuses = {step["status"] for step in steps}
    if execution["status"] == "PENDING":
        assert not statuses, found
    assert (execution["finished_at"] is not None) is has_ended, found
    if has_ended:
        assert not statuses & LIVE, found
        assert all(step["finished_at"] <= execution["finished_at"] for step in steps), found
    elif execution["status"] == "RUNNING":
        assert statuses & LIVE, found
    return has_ended


def check_steps_view(found: dict[str, Any]) -> bool:
    """``/api/workflow``: the execution, its steps and their tasks."""
    words = [task["status"] for step in found["steps"].values() for task in step["tasks"].values()]
    match found["status"]:
        case "pending":
            assert set(words) == {"pending"}, found
        case "running":
            assert set(words) != {"succeeded"}, found
        case "succeeded":
            assert set(words) == {"succeeded"}, found
    for step in found["steps"].values():
        inner = {task["status"] for task in step["tasks"].values()}
        assert len(inner) > 1 or {step["status"]} == inner, found
    return found["status"] == "succeeded"


def check_dag(found: dict[str, Any]) -> bool:
    """``/v1``: the state of the execution and those of its nodes."""
    states = set(found["node_states"].values())
    has_ended = found["state"] in ENDED
    assert (found["completed_at"] is not None) is has_ended, found
    assert (found["started_at"] is not None) is (found["state"] != "PENDING"), found
    if has_ended:
        assert states == {"COMPLETED"}, found
    elif found["state"] == "PENDING":
        assert states == {"PENDING"}, found
    else:
        assert states != {"COMPLETED"}, found
    return has_ended


def check_execution(found: dict[str, Any]) -> bool:
    """``/executions``: the status and the times of the execution."""
    has_ended = found["status"] in ENDED
    assert (found["finished_at"] is not None) is has_ended, found
    assert (found["started_at"] is not None) is (found["status"] != "PENDING"), found
    if has_ended:
        assert found["created_at"] <= found["started_at"] <= found["finished_at"], found
    return has_ended


def check_why(found: dict[str, Any]) -> bool:
    """``/why``: what it waits for, or that it has ended; never both, and in the words of its sentence."""
    kinds = {cause["kind"] for cause in found["causes"]}
    has_ended = "ended" in kinds
    assert kinds == {"ended"} if has_ended else kinds, found
    assert found["sentence"].startswith("It completed at ") is has_ended, found
    return has_ended


DOORS: list[tuple[str, Callable[[Any], bool], Callable[[Api, Stack], str]]] = [
    ("/executions/{}/changes", check_changes, begin_graph),
    ("/executions/{}", check_execution, begin_graph),
    ("/executions/{}/why", check_why, begin_graph),
    ("/api/workflow/{}", check_steps_view, begin_steps),
    ("/v1/workflows/{}", check_dag, begin_dag),
]


def read_to_the_end(api: Api, path: str, check: Callable[[Any], bool], stopped: threading.Event) -> int:
    """Read an answer until it shows the end; return how many were read."""
    count = 0
    while not stopped.is_set():
        answer = api.get(path)
        assert answer.status_code == 200, answer.text
        count += 1
        if check(answer.json()):
            break
    return count


def test_status_steps_and_times_of_an_answer_agree(threads: Stack, threads_api: Api) -> None:
    def readers() -> Iterator[tuple[str, Callable[[Any], bool]]]:
        for template, check, begin in DOORS:
            for _ in range(EACH):
                yield template.format(begin(threads_api, threads)), check

    stopped = threading.Event()
    timer = threading.Timer(60, stopped.set)
    timer.start()
    with ThreadPoolExecutor(6) as pool:
        read = [pool.submit(read_to_the_end, threads_api.renew(), *each, stopped) for each in readers()]
        counts = [each.result() for each in read]
    timer.cancel()

    assert not stopped.is_set()
    assert sum(counts) > len(DOORS) * EACH
