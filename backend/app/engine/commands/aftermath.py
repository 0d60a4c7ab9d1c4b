"""What follows after a commit: wake-ups, matching, cancellations and windows, all from one function."""

from __future__ import annotations

from app.engine.commands.flow_control import try_cancel_surplus, try_close_window
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath


def dispatch(context: EngineContext, aftermath: Aftermath) -> None:
    """
    Publish wake-ups, have events matched and posted, cancel replaced executions, close full windows.

    Never blocks on the broker, and raises nothing: what cannot be done now is left to the timekeepers.
    """
    pending = [aftermath]
    while pending:
        each = pending.pop()
        if each.wake_ups:
            context.publisher.put(each.wake_ups)
        if each.match:
            context.publisher.match()
        if each.tells and context.is_listened_to():
            context.publisher.deliver()
        pending += [try_cancel_surplus(context, lane) for lane in each.crowded_lanes]
        pending += [try_close_window(context, window) for window in each.full_windows]
