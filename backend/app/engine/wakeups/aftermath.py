"""The aftermath of a commit: what is still to be done once a change of state is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.engine.wakeups.message import WakeUp
from app.triggers.fire import Fired


@dataclass(frozen=True)
class Aftermath:
    """
    What a committed transaction leaves to be done.

    Every function that commits returns one, and each process acts on it in one place. All of it is a hint: if the
    process dies first, a timekeeper finds the same work in Postgres.
    """

    #: Executions that workers should look at.
    wake_ups: tuple[WakeUp, ...] = ()
    #: True if events are to be matched with the steps that wait for them.
    match: bool = False
    #: Lanes in which new executions replace others, which are to be cancelled.
    crowded_lanes: tuple[str, ...] = ()
    #: Windows that are full and can be closed.
    full_windows: tuple[str, ...] = ()
    #: True if an execution or an approval may have changed in a way that is an event of the engine.
    tells: bool = False

    def __add__(self, other: Aftermath) -> Aftermath:
        return Aftermath(
            (*self.wake_ups, *other.wake_ups),
            self.match or other.match,
            (*self.crowded_lanes, *other.crowded_lanes),
            (*self.full_windows, *other.full_windows),
            self.tells or other.tells,
        )


#: The aftermath of what concerns nobody else.
NOTHING = Aftermath()


def wake_executions(ids: Iterable[str]) -> Aftermath:
    """Return the aftermath of executions that can start or continue."""
    return Aftermath(wake_ups=tuple(WakeUp(id) for id in ids))


def aftermath_of(fired: Fired) -> Aftermath:
    """Return the aftermath of an event that was accepted, or of a window that was closed."""
    return Aftermath(
        wake_ups=tuple(WakeUp(id) for id in fired.execution_ids),
        match=fired.is_awaited,
        crowded_lanes=tuple(fired.lanes_over_limit),
        full_windows=tuple(fired.full_windows),
    )
