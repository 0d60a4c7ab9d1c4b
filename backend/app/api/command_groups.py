"""Commands that requests give at the same time: each kind is done in groups, one transaction for each group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Generic, Protocol, TypeVar

from fastapi import Request

from app.api.dependencies import AppContext
from app.api.group_commit import GroupCommit
from app.engine.commands.decide_together import decide_together
from app.engine.commands.start_submitted_together import start_submitted_together
from app.engine.commands.start_together import start_together
from app.engine.commands.submit_together import submit_together
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath


class Sized(Protocol):
    """What a request asks for."""

    @property
    def size(self) -> int: ...


class Done(Protocol):
    """What became of it."""

    @property
    def aftermath(self) -> Aftermath: ...


Wanted = TypeVar("Wanted", bound=Sized)
Result = TypeVar("Result", bound=Done)


class CommandGroup(Generic[Wanted, Result]):
    """Does a command for several requests together, and wakes workers once for all of them."""

    def __init__(
        self,
        context: Callable[[], AppContext],
        command: Callable[[EngineContext, Sequence[Wanted]], Sequence[Result | Exception | None]],
        *,
        name: str,
    ) -> None:
        self._context = context
        self._command = command
        self._group: GroupCommit[Wanted, Result | None] = GroupCommit(
            self._do_together, lambda wanted: wanted.size, name=name
        )

    async def submit(self, wanted: Wanted) -> Result | None:
        """What became of it; None: it is to be done alone. Raises what the command has returned for it."""
        return await self._group.submit(wanted)

    def close(self) -> None:
        """Do what has been handed in, and end."""
        self._group.close()

    def _do_together(self, wanted: Sequence[Wanted]) -> Sequence[Result | Exception | None]:
        context = self._context()
        outcomes = self._command(context.engine_context, wanted)
        aftermaths = [each.aftermath for each in outcomes if each is not None and not isinstance(each, Exception)]
        context.dispatch(reduce(add, aftermaths, Aftermath()))
        return outcomes


class CommandGroups:
    """The commands that are done in groups."""

    def __init__(self, context: Callable[[], AppContext]) -> None:
        #: Starts of workflows by hand.
        self.starts = CommandGroup(context, start_together, name="starts")
        #: Starts of executions that were submitted before.
        self.submitted_starts = CommandGroup(context, start_submitted_together, name="submitted_starts")
        #: Starts of workflows that requests send along.
        self.submissions = CommandGroup(context, submit_together, name="submissions")
        #: Decisions on approvals.
        self.decisions = CommandGroup(context, decide_together, name="decisions")

    def close(self) -> None:
        """Do what has been handed in, and end."""
        for group in (self.starts, self.submitted_starts, self.submissions, self.decisions):
            group.close()


def command_groups_in(request: Request) -> CommandGroups:
    """The groups of the app."""
    groups: CommandGroups = request.app.state.command_groups
    return groups
