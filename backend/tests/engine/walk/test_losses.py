"""Steps whose worker was lost in the middle of a call: run again, failed, or answered by a person."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.commands import approvals
from app.engine.commands.approvals import Decision
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult, Services
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import Look
from app.engine.walk.walker import WorkerContext
from app.errors import Conflict, InvalidInput, NotFound
from app.graph.dialects.dag.compile import dag_document
from app.graph.dialects.tasks.compile import read_definition
from app.scripts.stack.embedded import Servers
from app.storage.database import transaction
from app.storage.ids import new_id
from app.storage.queue_progress import QueueProgress
from app.storage.walk import due
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, stack, worker_context
from tests.servers import Databases


class Charge:
    """Has its effect, and then, as often as it is told, never returns, as if its worker had died."""

    type = "charge"

    def __init__(self) -> None:
        #: The idempotency keys of its effects.
        self.keys: list[str] = []
        self.deaths = 0
        self.died = threading.Semaphore(0)
        self.meanwhile: Callable[[], Any] = lambda: None

    def execute(self, *, data: dict[str, Any], services: Services, **_: Any) -> HandlerResult:
        self.keys.append(services.idempotency_key)
        if len(self.keys) <= self.deaths:
            self.died.release()
            threading.Event().wait()
        if len(self.keys) == 1:
            self.meanwhile()
        return HandlerResult(result={"charge": len(self.keys)})


class Losing:
    """A stack whose worker dies in the middle of the first call, or loses its lease meanwhile."""

    def __init__(self, stack: Stack, engine: Engine) -> None:
        self.stack = stack
        self.charge = Charge()
        self.charge.deaths = 1
        types = registry()
        types.register(self.charge)
        self._engine = engine
        self._workflows = WorkflowCache(types)
        self.worker, self.other = self._start_worker(), self._start_worker()

    def _start_worker(self) -> WorkerContext:
        return worker_context(self._engine, Publisher(lambda wake_ups: None), workflows=self._workflows)

    def die(self, worker: WorkerContext, wake_ups: Iterable[WakeUp]) -> None:
        """Have a worker walk until it dies in the middle of a charge."""
        worker.walker.offer([Look(wake_up) for wake_up in wake_ups])
        assert self.charge.died.acquire(timeout=20)

    def lose(self, document: Any, payload: Any = None, *, kind: str = "graph") -> str:
        """An execution whose worker was lost during its first charge, after the end of its lease."""
        (id,) = self.stack.accept(document, payload, kind=kind)
        self.die(self.worker, [WakeUp(id)])
        self.end_leases()
        return id

    def end_leases(self) -> None:
        self.stack.execute("UPDATE steps SET next_check_at = now() WHERE status = 'RUNNING'")
        with transaction(self._engine) as cursor:
            due.take_due_steps(cursor, QueueProgress(), grace=5, batch=100)

    def walk(self, id: str, node_id: str = "a") -> SimpleNamespace:
        """The newest step of the node after another worker has looked at it."""
        self.other.walk([WakeUp(id, node_id, 1)])
        return self.stack.step(id, node_id)

    def question(self, id: str) -> SimpleNamespace:
        (found,) = self.stack.rows("SELECT * FROM approvals WHERE execution_id = %s", (id,))
        return found

    def answer(
        self, id: str, *, happened: bool, output: Any = None, node_id: str = "a", is_deadly: bool = False
    ) -> None:
        """Answer as a person does, and let a worker follow, which dies then if it ``is_deadly``."""
        context = self.stack.context(self._engine)
        _, aftermath = approvals.answer_outcome(context, id, node_id, Decision(happened, "ann", output=output))
        if is_deadly:
            self.die(self.other, aftermath.wake_ups)
            self.other = self._start_worker()
        else:
            self.other.walk(aftermath.wake_ups)


@pytest.fixture(scope="module")
def shared(
    servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, Engine]]:
    """One stack without workers for all of these."""
    with stack(servers, databases, tmp_path_factory.mktemp("losses")) as opened, opened.engine() as engine:
        yield opened, engine


@pytest.fixture
def losing(shared: tuple[Stack, Engine]) -> Losing:
    return Losing(*shared)


#   start ─▶ a ─▶ b
#            └─error─▶ c
def charging(**data: Any) -> dict[str, Any]:
    return graph("start>a>b", "a:error>c", a=node("charge", **data))


def document(dialect: str, on_lost: str) -> tuple[Any, str]:
    """One task that charges, and the id of its node."""
    if dialect == "tasks":
        text = f"name: t\ntasks:\n  - {{id: a, activity_type: charge, on_lost: {on_lost}, config: {{n: 1}}}}\n"
        return read_definition(text), "a"
    if dialect == "dag":
        written = {"nodes": [{"id": "a", "handler": "charge", "config": {"on_lost": on_lost, "n": 1}}]}
        return dag_document(written, retry_config={"max_retries": 3}), "a"
    if dialect == "steps":
        tasks = [{"name": "charge", "params": {"on_lost": on_lost, "n": 1}}]
        return {"steps": [{"execution_type": "sequential", "tasks": tasks}]}, "0.charge"
    return graph("start>a", a=node("charge", on_lost=on_lost, n=1)), "a"


DIALECTS = ["graph", "tasks", "dag", "steps"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_lost_step_runs_again_with_its_key(losing: Losing, dialect: str) -> None:
    written, name = document(dialect, "again")
    id = losing.lose(written, kind=dialect)

    step = losing.walk(id, name)

    assert (step.status, step.output, step.attempt) == ("COMPLETED", {"charge": 2}, 1)
    assert len(set(losing.charge.keys)) == 1
    assert losing.stack.execution(id).status == "COMPLETED"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_lost_step_fails_as_unknown_without_retry(losing: Losing, dialect: str) -> None:
    written, name = document(dialect, "fail")
    id = losing.lose(written, kind=dialect)

    step = losing.walk(id, name)

    assert (step.status, step.error["type"], len(losing.charge.keys)) == ("FAILED", "Unknown", 1)
    assert step.error["message"].startswith(f"Node {name}: the worker that ran it was lost")
    assert losing.stack.execution(id).status == "FAILED"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("happened", [True, False])
def test_lost_step_asks_and_follows_the_answer(losing: Losing, dialect: str, happened: bool) -> None:
    written, name = document(dialect, "ask")
    id = losing.lose(written, kind=dialect)
    assert losing.walk(id, name).status == "WAITING"

    losing.answer(id, happened=happened, output={"charge": 7} if happened else None, node_id=name)

    step = losing.stack.step(id, name)
    assert (step.status, step.output) == ("COMPLETED", {"charge": 7 if happened else 2})
    assert (len(losing.charge.keys), len(set(losing.charge.keys))) == (1 if happened else 2, 1)
    assert losing.question(id).status == ("APPROVED" if happened else "REJECTED")
    assert losing.stack.execution(id).status == "COMPLETED"


def test_unknown_outcome_takes_the_error_edge(losing: Losing) -> None:
    id = losing.lose(charging(on_lost="fail", retry={"max_attempts": 5}))

    step = losing.walk(id)

    assert step.output["error"]["type"] == "Unknown"
    assert losing.stack.ran(id) == ["start", "c"]
    assert losing.stack.execution(id).status == "COMPLETED"


def test_question_says_what_is_known(losing: Losing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_CARD", "4711-secret")
    data = {"card": "{{ secret.CARD }}", "sum": "{{ payload.sum }}", "text": "x" * 3000}
    id = losing.lose(charging(on_lost="ask", **data), {"sum": 12})

    step = losing.walk(id)

    question = losing.question(id)
    started_at = question.context.pop("started_at")
    assert question.context == {
        "node_id": "a",
        "type": "charge",
        "visit": 1,
        "attempt": 1,
        "idempotency_key": losing.charge.keys[0],
        "request": {"card": "***", "sum": 12, "text": "(3,002 bytes)"},
    }
    assert started_at == step.started_at.isoformat()
    assert (question.kind, question.title, question.expires_at) == ("outcome", "a: did it happen?", None)
    assert step.output == {"approval_id": question.id, "approved": None}


def test_question_waits_for_no_other_handler(losing: Losing) -> None:
    id = losing.lose(charging(on_lost="ask"))
    losing.stack.execute("UPDATE steps SET lost_together = 9 WHERE execution_id = %s AND node_id = 'a'", (id,))
    losing.charge.deaths = 2
    losing.die(losing.other, [WakeUp(busy) for busy in losing.stack.accept(charging())])

    losing.other.walker.offer([Look(WakeUp(id, "a", 1))])

    losing.stack.wait_for_step(id, "a", "WAITING")


def test_question_is_asked_once(losing: Losing) -> None:
    id = losing.lose(charging(on_lost="ask"))

    for _ in range(3):
        losing.walk(id)

    assert losing.question(id).status == "PENDING"
    assert losing.charge.deaths == len(losing.charge.keys) == 1


def test_step_that_is_lost_again_asks_again(losing: Losing) -> None:
    losing.charge.deaths = 2
    id = losing.lose(charging(on_lost="ask"))
    losing.walk(id)

    losing.answer(id, happened=False, is_deadly=True)
    losing.end_leases()
    losing.walk(id)
    losing.answer(id, happened=True, output="second")

    assert losing.stack.step(id, "a").output == "second"
    asked = losing.stack.rows("SELECT status FROM approvals WHERE execution_id = %s ORDER BY id", (id,))
    assert [each.status for each in asked] == ["REJECTED", "APPROVED"]


@pytest.mark.parametrize("on_lost", ["again", "ask"])
def test_late_result_of_a_slow_worker_counts(losing: Losing, on_lost: str) -> None:
    losing.charge.deaths = 0
    (id,) = losing.stack.accept(charging(on_lost=on_lost))

    def meanwhile() -> None:
        losing.end_leases()
        if on_lost == "ask":
            losing.walk(id)

    losing.charge.meanwhile = meanwhile
    losing.worker.walk([WakeUp(id)])

    step = losing.stack.step(id, "a")
    assert (step.status, step.output, len(losing.charge.keys)) == ("COMPLETED", {"charge": 1}, 1)
    assert step.lost_claim != step.claim
    assert losing.stack.execution(id).status == "COMPLETED"
    if on_lost == "ask":
        assert losing.question(id).status == "CANCELLED"
        with pytest.raises(Conflict, match="is already CANCELLED"):
            losing.answer(id, happened=True)


def test_renewed_lease_is_not_lost(losing: Losing) -> None:
    losing.charge.deaths = 0
    (id,) = losing.stack.accept(charging(on_lost="fail"))
    seen = []

    def meanwhile() -> None:
        losing.end_leases()
        seen.append(losing.stack.step(id, "a").lost_claim)
        losing.worker.leases.renew(held_for=0)
        seen.append(losing.stack.step(id, "a").lost_claim)

    losing.charge.meanwhile = meanwhile
    losing.worker.walk([WakeUp(id)])

    assert seen == [1, None]
    assert losing.stack.step(id, "a").status == "COMPLETED"


@pytest.mark.parametrize("on_lost", ["fail", "ask"])
def test_late_result_after_the_decision_does_not_count(losing: Losing, on_lost: str) -> None:
    losing.charge.deaths = 0
    (id,) = losing.stack.accept(charging(on_lost=on_lost))

    def meanwhile() -> None:
        losing.end_leases()
        losing.walk(id)
        if on_lost == "ask":
            losing.answer(id, happened=True, output="by ann")

    losing.charge.meanwhile = meanwhile
    losing.worker.walk([WakeUp(id)])

    step = losing.stack.step(id, "a")
    assert step.output == "by ann" if on_lost == "ask" else step.error["type"] == "Unknown"


def test_cancelled_execution_cancels_the_question(losing: Losing) -> None:
    id = losing.lose(charging(on_lost="ask"))
    losing.walk(id)

    losing.stack.cancel(id)

    assert losing.stack.step(id, "a").status == losing.question(id).status == "CANCELLED"
    with pytest.raises(Conflict):
        losing.answer(id, happened=True)


@pytest.mark.parametrize("happened", [True, False])
def test_answer_during_a_pause_is_followed_after_it(losing: Losing, happened: bool) -> None:
    id = losing.lose(charging(on_lost="ask"))
    losing.walk(id)
    losing.stack.pause(id)

    losing.answer(id, happened=happened)
    before = losing.stack.ran(id)
    losing.stack.resume(id)
    losing.walk(id, "a" if not happened else "b")

    assert before == (["start", "a"] if happened else ["start"])
    assert losing.stack.ran(id) == ["start", "a", "b"]


def test_pure_node_asks_nobody(losing: Losing) -> None:
    (id,) = losing.stack.accept(graph("start>a", a=node("transform", value=1, on_lost="ask")))
    losing.worker.walk([WakeUp(id)])

    assert losing.stack.execution(id).status == "COMPLETED"


def test_step_given_back_is_not_lost(losing: Losing) -> None:
    (id,) = losing.stack.accept(charging(on_lost="fail"))
    losing.die(losing.worker, [WakeUp(id)])
    losing.stack.execute("UPDATE steps SET status = 'READY' WHERE status = 'RUNNING'")

    assert losing.walk(id).status == "COMPLETED"


def test_compensation_that_is_lost_asks(losing: Losing) -> None:
    drawn = graph("start>a>b", a=node("charge", compensate="undo"), undo=node("charge", on_lost="ask"), b=node("fail"))
    losing.charge.deaths = 0
    (id,) = losing.stack.accept(drawn)
    losing.charge.meanwhile = lambda: setattr(losing.charge, "deaths", 2)
    losing.die(losing.worker, [WakeUp(id)])
    losing.end_leases()

    assert losing.walk(id, "undo").status == "WAITING"
    losing.answer(id, happened=True, output="undone", node_id="undo")

    assert losing.stack.step(id, "undo").output == "undone"
    assert losing.stack.execution(id).status == "FAILED"


def test_answers_that_do_not_fit_are_refused(losing: Losing) -> None:
    id = losing.lose(charging(on_lost="ask"))

    with pytest.raises(Conflict, match=r'No step of node "a" in execution .* asks for its outcome'):
        losing.answer(id, happened=True)
    losing.walk(id)
    with pytest.raises(InvalidInput, match="`output` is given although the step is to run again"):
        losing.answer(id, happened=False, output=1)
    with pytest.raises(InvalidInput, match="`output` has 1000002 bytes"):
        losing.answer(id, happened=True, output="x" * 1_000_000)
    with pytest.raises(NotFound):
        losing.answer(new_id(), happened=True)

    assert losing.question(id).status == "PENDING"
