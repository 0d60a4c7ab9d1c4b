"""The intake of events: those that requests bring at the same time are stored together, and workers are woken once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from app.api.dependencies import AppContext
from app.api.group_commit import LARGEST, GroupCommit
from app.engine.wakeups.aftermath import Aftermath, aftermath_of
from app.triggers.fire import Fired, fire_event
from app.triggers.fire_together import Outcome, Posted, fire_together

#: Events of one request that are handed in at once: those of other requests find room in the same group.
AT_ONCE = LARGEST // 2


class Intake:
    """Stores events, wakes workers for their executions, and returns the responses to their senders."""

    def __init__(self, context: Callable[[], AppContext]) -> None:
        self._context = context
        self._group: GroupCommit[Posted, Fired | None] = GroupCommit(self._fire_together, size_of, name="events")

    async def accept(self, posted: Posted) -> str:
        """The response to an event, as JSON text. Raises KeyReused."""
        (answer,) = await self.accept_all([posted])
        return answer

    async def accept_all(self, posted: Sequence[Posted]) -> list[str]:
        """
        The responses to the events of one request, which are stored in their order, a few at once.

        Raises the first error; the events of the request that were stored with that one or before it are kept.
        """
        answers: list[str] = []
        for start in range(0, len(posted), AT_ONCE):
            answers += await self._accept_some([self._with_expiry(each) for each in posted[start : start + AT_ONCE]])
        return answers

    async def _accept_some(self, posted: Sequence[Posted]) -> list[str]:
        answers: list[str] = []
        errors: list[BaseException] = []
        for each, fired in zip(posted, await self._group.submit_all(posted), strict=True):
            if isinstance(fired, BaseException):
                errors.append(fired)
                continue
            if fired is None:
                # One after another, as the order in which they enter a lane or a window counts.
                fired = await run_in_threadpool(self._fire_alone, each)
            answers.append(fired.answer)
        if errors:
            raise errors[0]
        return answers

    def close(self) -> None:
        """Store what has been handed in, and end."""
        self._group.close()

    def _with_expiry(self, posted: Posted) -> Posted:
        """An event whose key, if it has one, is kept as long as the settings say."""
        if posted.event.dedupe_key is None:
            return posted
        return replace(posted, event=replace(posted.event, key_days=self._context().settings.idempotency_days))

    def _fire_together(self, posted: Sequence[Posted]) -> Sequence[Outcome]:
        context = self._context()
        triggers, grace = context.engine_context.triggers, context.settings.wake_up_grace
        outcomes = fire_together(context.engine, triggers, posted, grace=grace)
        aftermaths = [aftermath_of(outcome) for outcome in outcomes if isinstance(outcome, Fired)]
        context.dispatch(reduce(add, aftermaths, Aftermath()))
        return outcomes

    def _fire_alone(self, posted: Posted) -> Fired:
        context = self._context()
        triggers, grace = context.engine_context.triggers, context.settings.wake_up_grace
        fired = fire_event(context.engine, triggers, posted.event, posted.payload, grace=grace)
        context.dispatch(aftermath_of(fired))
        return fired


def size_of(posted: Posted) -> int:
    """The characters of a payload; the rest of an event is small."""
    return len(posted.event.text)


def intake_in(request: Request) -> Intake:
    """The intake of the app."""
    intake: Intake = request.app.state.intake
    return intake
