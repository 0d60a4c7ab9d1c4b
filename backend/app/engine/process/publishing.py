"""The messages that this process publishes: each asks some worker to run a task, by the task's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.engine.attempts.resume_after import RESUME_AFTER
from app.engine.process.configuration import DEFAULT_QUEUE
from app.engine.process.messages import publish
from app.engine.wakeups.message import PUBLISHED_AT, WakeUp, longest_countdown
from app.engine.wakeups.publisher import Publisher
from app.storage.clock import clock

#: The names of the tasks in messages; workers of other releases know them.
EXECUTE_NODE = "trigraph.execute_node"
WALK = "trigraph.walk"
MATCH = "trigraph.match"
BACKTEST = "trigraph.backtest"
DELIVER = "trigraph.deliver"
NO_ARGUMENTS: Mapping[str, Any] = {}


def make_publisher() -> Publisher:
    """The thread of a process that publishes messages; it starts with the first one."""
    return Publisher(send, ask_to_match, ask_to_backtest, ask_to_deliver)


def send(wake_ups: list[WakeUp]) -> None:
    """Publish one message. Raises what the broker's client raises."""
    first = wake_ups[0]
    queued = {"queue": first.queue} if first.queue else {}
    countdown = longest_countdown(wake_ups)
    if first.countdown and len(wake_ups) == 1:
        arguments = (first.execution_id, RESUME_AFTER, first.node_id, first.visit)
        _publish(EXECUTE_NODE, arguments, queue=first.queue, countdown=countdown)
    else:
        looks = [[wake_up.execution_id, wake_up.node_id, wake_up.visit] for wake_up in wake_ups]
        _publish(WALK, (looks,), queued, queue=first.queue, countdown=countdown)


def ask_to_match() -> None:
    """Publish a request to match events. Raises what the broker's client raises."""
    _publish(MATCH)


def ask_to_backtest() -> None:
    """Publish a request to go on with backtests. Raises what the broker's client raises."""
    _publish(BACKTEST)


def ask_to_deliver() -> None:
    """Publish a request to post and deliver events of the engine. Raises what the broker's client raises."""
    _publish(DELIVER)


def _publish(
    task: str,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] = NO_ARGUMENTS,
    *,
    queue: str | None = None,
    countdown: float | None = None,
) -> None:
    headers = {PUBLISHED_AT: clock.time()}
    publish(task, args, kwargs, queue=queue or DEFAULT_QUEUE, countdown=countdown, headers=headers)
