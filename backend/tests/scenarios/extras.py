"""Node types that only tests need: each misbehaves, or reports, in one way."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar

import requests

from app.engine.handlers.python_function import function
from app.engine.registry import HandlerResult, NodeHandler, Services
from app.errors import StepFailed

NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc).timetz()


class Nap:
    """Sleeps for ``seconds``."""

    type = "nap"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        time.sleep(data.get("seconds", 0))
        return HandlerResult(result={"slept": data.get("seconds", 0), "visit": services.visit})


class Spin:
    """Runs for ever, in Python code."""

    type = "spin"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        while True:
            pass


class Flaky:
    """Fails until its attempt is ``succeeds_at``."""

    type = "flaky"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        if services.attempt < data.get("succeeds_at", 1_000_000):
            raise StepFailed(f"Attempt {services.attempt} fails.", kind="Flaky")
        return HandlerResult(result={"attempt": services.attempt, "key": services.idempotency_key})


class Report:
    """Posts its input, attempt and visit to ``url``, and returns them."""

    type = "report"
    needs_input = True

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        given = {"node": node_id, "input": services.input, "attempt": services.attempt, "visit": services.visit}
        requests.post(data["url"], json=given, headers={"Idempotency-Key": services.idempotency_key}, timeout=10)
        return HandlerResult(result=given)


@dataclass(frozen=True)
class Answers:
    """Returns something that a handler should not return; each call makes it anew, because some of it is large."""

    type: str
    make: Callable[[], Any]

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> Any:
        return self.make()


class EmitsAndIsHeld:
    """Posts ``payload`` as an event, then calls ``url``, which may not answer for a while."""

    type = "emits_and_is_held"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        answer = services.emit(None, data["payload"])
        requests.post(data["url"], json={}, headers={"Idempotency-Key": services.idempotency_key}, timeout=10)
        return HandlerResult(result=answer)


class Exits:
    """Raises SystemExit."""

    type = "exits"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        raise SystemExit("I have had enough.")


class Interrupts:
    """Raises what Ctrl-C raises."""

    type = "interrupts"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        raise KeyboardInterrupt


class IsCancelled:
    """Raises ``asyncio.CancelledError``."""

    type = "is_cancelled"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        raise asyncio.CancelledError


class Kills:
    """Calls ``url``, then kills its process with SIGKILL."""

    type = "kills"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        requests.post(data["url"], json={}, headers={"Idempotency-Key": services.idempotency_key}, timeout=10)
        os.kill(os.getpid(), signal.SIGKILL)
        return HandlerResult()


class WaitsByResumeAfter:
    """Halts, and sends itself the message that resumes it after ``seconds``, as handlers of older deployments do."""

    type = "waits_by_resume_after"
    #: ``execute_node``; the deployment sets it, as this module knows no Celery.
    execute_node: ClassVar[Any] = None

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        self.execute_node.apply_async(args=[exec_id, "__RESUME_AFTER__", node_id], countdown=data["seconds"])
        return HandlerResult(result={"waited": data["seconds"]}, halted=True)


class WaitsForSomebody:
    """Fails until its attempt is ``succeeds_at``, then waits until a message ``__RESUME_AFTER__`` comes."""

    type = "waits"

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        if services.attempt < data.get("succeeds_at", 1):
            raise StepFailed(f"Attempt {services.attempt} fails.", kind="Flaky")
        return HandlerResult(result={"waited": True}, halted=True)


@dataclass(frozen=True)
class Where:
    """Returns its worker's variable PLACE, after a call of ``url``; fails until its attempt is ``succeeds_at``."""

    type: str

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        if services.attempt < data.get("succeeds_at", 1):
            raise StepFailed(f"Attempt {services.attempt} fails.", kind="Flaky")
        if "url" in data:
            requests.post(data["url"], json={}, headers={"Idempotency-Key": services.idempotency_key}, timeout=70)
        return HandlerResult(result=os.environ.get("PLACE"))


class AsyncNap:
    """Sleeps for ``seconds``, and lets others have the event loop meanwhile."""

    type = "async_nap"

    async def execute(
        self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        await asyncio.sleep(data.get("seconds", 0))
        return HandlerResult(result={"slept": data.get("seconds", 0), "visit": services.visit})


class AsyncWaitsByResumeAfter(WaitsByResumeAfter):
    """Asks from a task of its own to be resumed."""

    type = "async_waits_by_resume_after"

    async def execute(self, **given: Any) -> HandlerResult:  # type: ignore[override]
        return await asyncio.create_task(self._ask(given))

    async def _ask(self, given: dict[str, Any]) -> HandlerResult:
        return super().execute(**given)


class StopsLoop:
    """Ends the event loop of its process, once in each process."""

    type = "stops_loop"

    def __init__(self) -> None:
        self.has_stopped = False

    async def execute(
        self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        if not self.has_stopped:
            self.has_stopped = True
            asyncio.get_running_loop().stop()
            await asyncio.sleep(60)
        return HandlerResult()


class AsyncExits:
    """Leaves as a script would, from the event loop."""

    type = "async_exits"

    async def execute(
        self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        raise SystemExit("I have had enough.")


def _holding_itself() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


def _deep() -> Any:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    return deep


@function("tests.doubled")
def doubled(number: float) -> float:
    return number * 2


EXTRAS: list[NodeHandler] = [
    Nap(),
    Spin(),
    Flaky(),
    Report(),
    EmitsAndIsHeld(),
    Exits(),
    Interrupts(),
    AsyncNap(),
    AsyncWaitsByResumeAfter(),
    AsyncExits(),
    StopsLoop(),
    IsCancelled(),
    Kills(),
    WaitsByResumeAfter(),
    WaitsForSomebody(),
    Where("where"),
    Where("where_else"),
    Answers("answers_a_dict", lambda: {"ok": True}),
    Answers("answers_none", lambda: None),
    Answers("answers_an_object", lambda: HandlerResult(result=object())),
    Answers("answers_a_set", lambda: HandlerResult(result={1, 2})),
    Answers("answers_itself", lambda: HandlerResult(result=_holding_itself())),
    Answers("answers_too_deep", lambda: HandlerResult(result=_deep())),
    Answers("answers_too_much", lambda: HandlerResult(result="x" * 1_000_001)),
    Answers("answers_nan", lambda: HandlerResult(result={"a": float("nan"), "b": [float("inf"), 1.5]})),
    Answers("answers_odd_text", lambda: HandlerResult(result={"nul": "a\x00b", "half": "\ud800", "emoji": "🙂"})),
    Answers("waits_for_text", lambda: HandlerResult(halted=True, resume_in="5")),  # type: ignore[arg-type]
    Answers("waits_for_no_number", lambda: HandlerResult(halted=True, resume_in=float("nan"))),
    Answers("waits_for_ever", lambda: HandlerResult(halted=True, resume_in=1e300)),
    Answers("waits_without_a_zone", lambda: HandlerResult(halted=True, resume_at=datetime(2030, 1, 1))),
    Answers("waits_for_a_time_of_day", lambda: HandlerResult(halted=True, resume_at=NOON)),  # type: ignore[arg-type]
    Answers("answers_nowhere", lambda: HandlerResult(result=1, selected_next="not a node")),
]
