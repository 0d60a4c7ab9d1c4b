"""Many executions that wait in each of the ways that there are: every one of them is explained by its own cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from app.scripts.stack.processes import wait_until
from app.settings import Settings
from tests.api.client import Api, running_api
from tests.faults.conftest import make_stack
from tests.scenarios.door import post, save
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.servers import NOWHERE

__all__ = ["make_stack"]

#: Executions that wait in one way.
COUNT = 15
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
HOUR = 3_600_000


class Way(NamedTuple):
    """A way to wait: how executions come to it, and how the outermost cause is described."""

    kind: str
    begin: Callable[[Stack, Api], Sequence[str]]
    sentence: str


def drawn(*paths: str, count: int = COUNT, **nodes: Any) -> Callable[[Stack, Api], Sequence[str]]:
    return lambda stack, api: stack.begin_many(graph(*paths, **nodes), count)


def posted(count: int, flow: Any, *paths: str, **nodes: Any) -> Callable[[Stack, Api], Sequence[str]]:
    """Executions of one workflow with flow control; those behind the first one."""

    def begin(stack: Stack, api: Api) -> Sequence[str]:
        workflow = save(api, graph(*paths, **nodes), **flow)
        return [post(api, workflow) for _ in range(count + 1)][1:]

    return begin


def replaced(stack: Stack, api: Api) -> Sequence[str]:
    workflow = save(api, graph("start>ask", ask=ASK), concurrency={"limit": 1, "on_limit": "replace"})
    return [post(api, workflow) for _ in range(COUNT + 1)][:-1]


def changed(command: str, *paths: str, **nodes: Any) -> Callable[[Stack, Api], Sequence[str]]:
    """Executions to which a command is given once they wait at the node that is called ``at``."""

    def begin(stack: Stack, api: Api) -> Sequence[str]:
        ids = stack.begin_many(graph(*paths, **nodes), COUNT)
        for id in ids:
            stack.wait_for_step(id, "at", "WAITING")
            assert api.post(f"/executions/{id}/{command}").status_code == 200
        return ids

    return begin


def called(stack: Stack, api: Api) -> Sequence[str]:
    inner = stack.save(graph("start>ask", ask=ASK))
    return stack.begin_many(graph("start>call", call=node("sub_workflow", workflow_id=inner)), COUNT)


ASK = node("human_approval", title="Refund", max_wait_time=HOUR)
PAUSE = node("delay", ms=HOUR)
FAILING = node("flaky", retry={"max_attempts": 5, "initial_interval": 3600, "max_interval": 3600})
NEVER = node("wait_for_event", condition={"==": [{"var": "no.such"}, 1]}, max_wait_time=HOUR)
UNDOABLE = node("transform", value=1, compensate="undo")

WAYS = [
    Way("timer", drawn("start>at", at=PAUSE), f"Node at waits until {TIME}"),
    Way("approval", drawn("start>at", at=ASK), f'Node at waits for the approval "Refund"; it expires at {TIME}'),
    Way("event", drawn("start>at", at=NEVER), "Node at waits for an event with no.such = 1 since .*; it gives up at "),
    Way("event", drawn("start>at", at=node("waits")), "Node at waits until it is resumed from outside"),
    Way("retry", drawn("start>at", at=FAILING), rf"Node at tries again at {TIME} \(attempt 2 of 5\): Attempt 1 fails"),
    Way("join", drawn("start>a>m", "start>b>m", b=PAUSE), "Node m has 1 of 2 arrivals; still missing b. Node b waits "),
    Way("child", called, "Node call waits for 1 of 1 child. Child 0 of node call: Node ask waits for"),
    Way("slot", posted(COUNT, {"concurrency": {"limit": 1}}, "start>at", at=ASK), "1 of 1 slot of lane .* is held by "),
    Way("rate", posted(COUNT, {"rate_limit": {"limit": 1, "period": "1h"}}, "start>a"), "1 of 1 executions that may"),
    Way("paused", changed("pause", "start>at", at=PAUSE), "It is paused until somebody resumes it"),
    Way("running", drawn("start>at", at=node("async_nap", seconds=60)), "Node at has been running for "),
    Way(
        "undone",
        changed("cancel", "start>a>at", "undo", a=UNDOABLE, at=PAUSE, undo=PAUSE),
        "It was cancelled; node ",
    ),
    Way("ended", drawn("start>at", at=node("fail", message="No stock.")), f"It failed at node at at {TIME}: No stock"),
    Way("ended", drawn("start>a"), f"It completed at {TIME}"),
    Way("ended", replaced, f"It was cancelled at {TIME}: A newer execution took its place in lane "),
]


def why(api: Api, execution: str) -> dict[str, Any]:
    response = api.get(f"/executions/{execution}/why")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def assert_explained(api: Api, ids: Sequence[str], kind: str, sentence: str) -> dict[str, Any]:
    """Each of these executions has one outermost cause, of this kind and with this sentence; returns the last one."""
    wanted = re.compile(sentence)
    assert len(ids) > 0

    def is_explained(found: dict[str, Any]) -> bool:
        causes = found["causes"]
        return len(causes) == 1 and causes[0]["kind"] == kind and wanted.match(found["sentence"]) is not None

    found: dict[str, Any] = {}
    for id in ids:
        assert wait_until(lambda id=id: is_explained(why(api, id)), seconds=30), why(api, id)
        found = why(api, id)
        assert found["sentence"] == found["causes"][0]["sentence"]
    return found


def test_each_of_many_executions_names_its_own_cause(threads: Stack, threads_api: Api) -> None:
    waiting = [(way, way.begin(threads, threads_api)) for way in WAYS]
    assert sum(len(ids) for _, ids in waiting) >= 200

    for way, ids in waiting:
        assert_explained(threads_api, ids, way.kind, way.sentence)

    for way, ids in waiting:
        if way.kind != "ended":
            for id in ids:
                threads_api.post(f"/executions/{id}/cancel")


def test_replaced_execution_is_marked_with_its_lane(threads: Stack, threads_api: Api) -> None:
    workflow = save(threads_api, graph("start>ask", ask=ASK), concurrency={"limit": 1, "on_limit": "replace"})
    old, new = (post(threads_api, workflow) for _ in range(2))

    assert threads.finish(old).status == "CANCELLED"

    shown = threads_api.get(f"/executions/{old}").json()
    message = f"A newer execution took its place in lane {workflow}."
    assert shown["error"] == {"type": "Replaced", "message": message, "node_id": None}
    threads.cancel(new)
    assert threads.finish(new).error is None


@contextmanager
def remote_door(stack: Stack) -> Iterator[Api]:
    """An API that knows the queues of node types as the workers of the stack do."""
    queues = stack.env["HANDLER_QUEUES"]
    settings = Settings(database_url=stack.database_url, wake_up_grace=1, workflows_dir=NOWHERE, handler_queues=queues)
    with running_api(settings, wake=stack.publish_wake_ups) as api:
        yield api


LOSSES = {
    "again": "Another worker runs it again.",
    "fail": "It will fail.",
    "ask": "A person will be asked whether it happened.",
}


def test_workers_that_cannot_take_a_step_are_named(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(HANDLER_QUEUES="report=gpu", SYNC_HANDLERS_AT_ONCE="1", UNKNOWN_TYPE_TIMEOUT="600")
    with remote_door(stack) as api:
        early = stack.accept(graph("start>a"), count=3, check_in=600)
        assert_explained(api, early, "no_worker", "The execution has been ready for .*: no worker is running")

        worker = stack.start_worker(pool="threads", concurrency=1)
        unheard = stack.accept(graph("start>a"), count=3, check_in=600)
        assert_explained(api, unheard, "queue", "The execution has been .*: its wake-up is in queue celery; 1 worker")
        held = [stack.begin(graph("start>at", at=node("async_nap", seconds=60, on_lost=way))) for way in LOSSES]
        for id in held:
            stack.wait_for_step(id, "at", "RUNNING")
        first = stack.begin(graph("start>at", at=node("nap", seconds=60)))
        stack.wait_for_step(first, "at", "RUNNING")
        full = stack.begin_many(graph("start>at", at=node("nap")), 3)
        foreign = stack.begin_many(graph("start>at", at=node("martian")), 3)
        remote = stack.begin_many(graph("start>at", at=node("report", url="http://localhost:1")), 3)

        sentence = "Node at has been ready for .*: 1 worker listens on queue celery, and 4 steps run now"
        assert_explained(api, full, "busy", sentence)
        sentence = "Node at has been ready for .*: no worker has a handler for the node type martian. Start one of "
        assert_explained(api, foreign, "no_worker", sentence)
        sentence = "Node at has been ready for .*: no worker listens on queue gpu. Start one with -Q gpu"
        assert_explained(api, remote, "no_worker", sentence)

        worker.kill()
        for id, sentence in zip(held, LOSSES.values(), strict=True):
            found = assert_explained(api, [id], "lost_worker", f"The worker that ran node at since {TIME} is lost: ")
            assert sentence in found["sentence"]
            assert [cause["kind"] for cause in found["causes"][0]["causes"]] in ([], ["no_worker"])

        # Steps that were lost together run one after another, so that the one to blame is found.
        for id in (held[0], first, *full):
            stack.cancel(id)
        stack.start_worker(pool="threads", concurrency=1)
        assert_explained(api, held[-1:], "approval", "Node at lost its worker, and waits for a person to say ")
        assert_explained(api, held[1:2], "ended", f"It failed at node at at {TIME}: ")
