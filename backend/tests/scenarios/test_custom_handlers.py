"""Handlers of a deployment: in the style of older ones, with waits, and with wrong results."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from app.settings import BACKEND
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases
from tests.service import Service

GREETING = """
from ..registry import NodeHandler, HandlerResult, Services

class MyNode:
    type = "my_node"

    def execute(self, *, node_id, data, exec_id, payload, services):
        # Your custom logic here
        return HandlerResult(result={"ok": True, "name": data["name"], "from": payload["from"]})

handler = MyNode()
"""
WAITING = """
from ..registry import NodeHandler, HandlerResult, Services

class Snooze:
    type = "snooze"

    def execute(self, *, node_id, data, exec_id, payload, services):
        from ..orchestrator import execute_node
        execute_node.apply_async(args=[exec_id, "__RESUME_AFTER__", node_id], countdown=data["seconds"])
        return HandlerResult(result={"snoozed": data["seconds"]}, halted=True)

handler = Snooze()
"""
CHOOSING = """
from ..registry import NodeHandler, HandlerResult, Services

class Pick:
    type = "pick"

    def execute(self, *, node_id, data, exec_id, payload, services):
        return HandlerResult(result={"picked": data["to"]}, selected_next=data["to"])

my_own = Pick()
"""
REGISTERED = """
from .handlers.pick import my_own as my_handler
registry.register(my_handler)
"""


@pytest.fixture(scope="module")
def custom(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A worker on a copy of the code with three more handlers."""
    home = tmp_path_factory.mktemp("custom")
    shutil.copytree(BACKEND / "app", home / "app", ignore=shutil.ignore_patterns("__pycache__"))
    folder = home / "app" / "engine" / "handlers"
    (folder / "your_node.py").write_text(GREETING)
    (folder / "snooze.py").write_text(WAITING)
    (folder / "pick.py").write_text(CHOOSING)
    with (home / "app" / "engine" / "orchestrator.py").open("a") as orchestrator:
        orchestrator.write(REGISTERED)
    with stack(servers, databases, home, PYTHONPATH=str(home)) as opened:
        opened.start_worker(app="app.engine.orchestrator.celery_app", cwd=home)
        yield opened


def test_file_in_handlers_folder_is_a_node_type(custom: Stack) -> None:
    id = custom.begin(graph("start>a", a=node("my_node", name="{{ payload.name }}")), {"name": "Ada", "from": "Bo"})

    assert custom.finish(id).output == {"ok": True, "name": "Ada", "from": "Bo"}


def test_handler_that_resumes_itself_with_a_countdown_waits(custom: Stack) -> None:
    id = custom.begin(graph("start>a>b", a=node("snooze", seconds=0.3)))

    assert custom.finish(id).status == "COMPLETED"
    waited = custom.step(id, "a")
    assert waited.output == {"snoozed": 0.3}
    assert 0.29 <= (waited.finished_at - waited.started_at).total_seconds() < 5
    assert custom.ran(id) == ["start", "a", "b"]


#   start ─▶ a ─┬─▶ left
#               └─▶ right
def test_selected_next_overrides_the_edges(custom: Stack) -> None:
    id = custom.begin(graph("start>a>left", "a>right", a=node("pick", to="right")))

    assert custom.finish(id).output == "right"
    assert custom.ran(id) == ["start", "a", "right"]


@pytest.mark.parametrize("type", ["waits_by_resume_after", "async_waits_by_resume_after"])
def test_handler_can_wait_by_resume_after(either: Stack, type: str) -> None:
    id = either.begin(graph("start>a>b", a=node(type, seconds=0.3)))

    assert either.finish(id).status == "COMPLETED"
    waited = either.step(id, "a")
    assert 0.29 <= (waited.finished_at - waited.started_at).total_seconds() < 5


def test_async_handler_runs_and_is_cancelled_when_late(either: Stack) -> None:
    late = node("async_nap", seconds=60, timeout="100ms")

    id = either.begin(graph("start>a>b", "b:error>c", a=node("async_nap", seconds=0.01), b=late))

    assert either.finish(id).status == "COMPLETED"
    assert either.step(id, "a").output == {"slept": 0.01, "visit": 1}
    assert either.step(id, "b").error == {"type": "Timeout", "message": "Node b took longer than 0.1 s."}


def test_halted_step_is_resumed_by_a_message(either: Stack) -> None:
    id = either.begin(graph("start>a>b", a=node("waits")))
    either.wait_for_step(id, "a", "WAITING")
    either.send("trigraph.walk", [[id, "a", 1]])

    either.send("trigraph.execute_node", id, "__RESUME_AFTER__", "a")

    assert either.finish(id).status == "COMPLETED"


def test_message_during_pause_counts_on_resume(threads: Stack) -> None:
    id = threads.begin(graph("start>a>b", a=node("waits")))
    threads.wait_for_step(id, "a", "WAITING")
    threads.pause(id)
    threads.send("trigraph.execute_node", id, "__RESUME_AFTER__", "a")
    assert wait_until(lambda: threads.step(id, "a").due_at is not None, seconds=20)
    assert threads.step(id, "a").status == "WAITING"

    threads.resume(id)

    assert threads.finish(id).status == "COMPLETED"
    assert threads.step(id, "a").output == {"waited": True}


def test_wait_after_a_failed_attempt_is_not_shorter(threads: Stack) -> None:
    retry = {"max_attempts": 2, "initial_interval": "50ms"}
    id = threads.begin(graph("start>a>b", a=node("waits", succeeds_at=2, retry=retry)))
    threads.wait_for_step(id, "a", "FAILED")
    assert wait_until(lambda: threads.step(id, "a").output == {"waited": True}, seconds=20), threads.story(id)

    threads.pause(id)
    threads.resume(id)

    assert threads.finish(threads.begin(graph("start>a"))).status == "COMPLETED"
    assert (threads.step(id, "a").status, threads.step(id, "a").due_at) == ("WAITING", None)
    threads.send("trigraph.execute_node", id, "__RESUME_AFTER__", "a")
    assert threads.finish(id).status == "COMPLETED"


#: Kinds of failures that no retry can help.
NEVER_AGAIN = ("InvalidOutput", "OutputTooLarge")


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        ("answers_a_dict", "InvalidOutput"),
        ("answers_none", "InvalidOutput"),
        ("answers_an_object", "InvalidOutput"),
        ("answers_a_set", "InvalidOutput"),
        ("answers_itself", "InvalidOutput"),
        ("answers_too_deep", "InvalidOutput"),
        ("answers_too_much", "OutputTooLarge"),
        ("waits_for_text", "InvalidOutput"),
        ("waits_for_no_number", "InvalidOutput"),
        ("waits_for_ever", "InvalidOutput"),
        ("waits_without_a_zone", "InvalidOutput"),
        ("waits_for_a_time_of_day", "InvalidOutput"),
        ("exits", "SystemExit"),
        ("async_exits", "SystemExit"),
        ("interrupts", "KeyboardInterrupt"),
        ("is_cancelled", "CancelledError"),
    ],
)
def test_output_that_cannot_be_stored_fails_the_step(either: Stack, type: str, kind: str) -> None:
    odd = graph("start>a", a=node(type, retry={"max_attempts": 3} if kind in NEVER_AGAIN else None))

    id = either.begin(odd)

    execution = either.finish(id)
    assert execution.status == "FAILED"
    assert execution.error["type"] == kind
    assert len(execution.error["message"]) < 1000
    assert [step.claim for step in either.steps(id) if step.node_id == "a"] == [1]


def test_numbers_that_json_lacks_become_null(threads: Stack) -> None:
    id = threads.begin(graph("start>a", a=node("answers_nan")))

    assert threads.finish(id).output == {"a": None, "b": [None, 1.5]}


def test_text_that_postgres_would_refuse_is_kept(threads: Stack) -> None:
    id = threads.begin(graph("start>a>b", a=node("answers_odd_text"), b=node("transform", value={"var": "$steps.a"})))

    assert threads.finish(id).output == {"nul": "a\x00b", "half": "\ud800", "emoji": "🙂"}


def test_choosing_a_node_that_does_not_exist_ends_the_path(threads: Stack) -> None:
    id = threads.begin(graph("start>a>b", a=node("answers_nowhere")))

    execution = threads.finish(id)
    assert (execution.status, execution.output) == ("COMPLETED", 1)


#   start ─▶ a (dies) ─▶ b          start ─▶ a (dies) ─┬─────────▶ b
#                                                      └─ error ─▶ c
def test_handler_killing_its_process_is_poisoned(prefork: Stack, calls: Service) -> None:
    kills = node("kills", url=calls.url + "/kills")
    harmless = graph("start>a>b>c", a=node("nap", seconds=0.3), b=node("delay", ms=100), c=node("nap"))

    id = prefork.begin(graph("start>a>b", a=kills))
    caught = prefork.begin(graph("start>a>b", "a:error>c", a=kills))
    others = [prefork.begin(harmless) for _ in range(8)]

    execution = prefork.finish(id, seconds=40)
    assert (execution.status, execution.error["type"]) == ("FAILED", "poisoned")
    assert execution.error["message"] == "Node a is poisoned: 3 workers were lost while they ran it alone."
    assert prefork.step(id, "a").losses == 3
    assert prefork.finish(caught, seconds=40).status == "COMPLETED"
    assert prefork.ran(caught) == ["start", "c"]
    # A loss of a process that holds both steps counts for neither; a step that had called by then calls once more.
    assert len(calls.keys("/kills")) == 2
    assert set(calls.keys("/kills").values()) <= {3, 4}
    prefork.finish_all(others)
    assert all(prefork.ran(other) == ["start", "a", "b", "c"] for other in others)
