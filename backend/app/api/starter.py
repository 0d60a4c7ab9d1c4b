"""The starter of executions: those that requests start at the same time are created together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add

from fastapi import Request

from app.api.dependencies import AppContext
from app.api.group_commit import GroupCommit
from app.engine.commands.start import StartedWorkflow
from app.engine.commands.start_together import Outcome, Start, start_together
from app.engine.wakeups.aftermath import Aftermath


class Starter:
    """Starts workflows by hand, and wakes workers for their executions."""

    def __init__(self, context: Callable[[], AppContext]) -> None:
        self._context = context
        self._group: GroupCommit[Start, StartedWorkflow | None] = GroupCommit(
            self._start_together, lambda start: start.size, name="starts"
        )

    async def start(self, start: Start) -> StartedWorkflow | None:
        """What was started; None: it is to be started alone. Raises NotFound, InvalidParameters."""
        return await self._group.submit(start)

    def close(self) -> None:
        """Start what has been handed in, and end."""
        self._group.close()

    def _start_together(self, starts: Sequence[Start]) -> Sequence[Outcome]:
        context = self._context()
        outcomes = start_together(context.engine_context, starts)
        aftermaths = [outcome.aftermath for outcome in outcomes if isinstance(outcome, StartedWorkflow)]
        context.dispatch(reduce(add, aftermaths, Aftermath()))
        return outcomes


def starter_in(request: Request) -> Starter:
    """The starter of the app."""
    starter: Starter = request.app.state.starter
    return starter
