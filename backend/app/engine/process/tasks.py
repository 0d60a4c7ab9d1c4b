"""Celery's tasks: each hands what it is asked for to the worker context of its process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from celery import Task, current_task
from celery.signals import import_modules

from app.deferred import Deferred, load
from app.engine.attempts.resume_after import RESUME_AFTER, request_resumption
from app.engine.process import publishing
from app.engine.process.celery_app import celery_app
from app.engine.process.on_demand import offer, worker
from app.engine.wakeups.message import WakeUp
from app.engine.walk.news import Look

if TYPE_CHECKING:
    from app.engine.process import worker_life
    from app.why.backtest import work
else:
    worker_life = Deferred("app.engine.process.worker_life")
    work = Deferred("app.why.backtest.work")


@import_modules.connect
def _load_worker_life(**_: Any) -> None:
    """Have a worker prepare itself: Celery sends this signal first when one starts, and in no other process."""
    load(worker_life)


class NodeTask(Task):
    """``execute_node``, which a handler may call to have its own step resumed."""

    def apply_async(self, args: Sequence[Any] = (), kwargs: Any = None, **options: Any) -> Any:
        """Publish; a running handler's call becomes its step's due time instead, which no lost message can lose."""
        if len(args) >= 3 and args[1] == RESUME_AFTER and request_resumption(args[0], args[2], _countdown(options)):
            return None
        return super().apply_async(args, kwargs, **options)


def _countdown(options: dict[str, Any]) -> float:
    """Seconds until a message is due, by its options."""
    eta = options.get("eta")
    if isinstance(eta, datetime):
        return (eta - datetime.now(eta.tzinfo)).total_seconds()
    return float(options.get("countdown") or 0.0)


@celery_app.task(name=publishing.EXECUTE_NODE, base=NodeTask)
def execute_node(
    exec_id: str, node_id: str | None = None, resumed: str | None = None, visit: int | None = None
) -> None:
    """Walk one execution; with ``__RESUME_AFTER__`` and a node: resume that node's waiting step."""
    if node_id == RESUME_AFTER:
        _offer([Look(WakeUp(exec_id, resumed, visit), resumed=True)])
    else:
        _offer([Look(WakeUp(exec_id, node_id, visit))])


@celery_app.task(name=publishing.WALK)
def walk(wake_ups: list[list[Any]], queue: str | None = None) -> None:
    """Walk these executions: each is an id, and a node and its visit where one is ready."""
    _offer([Look(WakeUp(*wake_up)._replace(queue=queue)) for wake_up in wake_ups])


def _offer(looks: list[Look]) -> None:
    """Act on wake-ups; a task that is called as a function, and not by a worker, walks until nothing is left to do."""
    if current_task.request.called_directly:
        worker().walk_all(looks)
    else:
        offer(looks)


@celery_app.task(name=publishing.MATCH)
def match() -> None:
    """Match events with the steps that wait for them."""
    worker().matcher.match()


@celery_app.task(name=publishing.BACKTEST)
def backtest() -> None:
    """Go on with backtests for a moment; while there is more, workers are asked again behind what waits already."""
    messages = work.work_on_backtests(worker().engine)
    if messages:
        worker().publisher.backtest(messages)


@celery_app.task(name=publishing.DELIVER)
def deliver() -> None:
    """Post events of the engine, and have the courier of this process deliver what is due; waits for no receiver."""
    worker().poster.post()
    worker().courier.wake()
