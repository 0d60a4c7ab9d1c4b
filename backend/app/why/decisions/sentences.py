"""What became of an event in a workflow, as a sentence."""

from __future__ import annotations

from datetime import datetime, timezone

from app.storage.outcomes import OpenWindow, Retro, StartedExecution
from app.why.decisions.answers import Answered, DecisionKind


def show_moment(moment: datetime, beside: datetime) -> str:
    """A time of day in UTC, with its date if that differs from that of another moment."""
    utc, other = moment.astimezone(timezone.utc), beside.astimezone(timezone.utc)
    return f"{utc:%H:%M:%S}" if utc.date() == other.date() else f"{utc:%Y-%m-%d %H:%M:%S}"


def describe_started(
    answered: Answered, execution: StartedExecution | None, window: OpenWindow | None, received_at: datetime
) -> str:
    """What became of an event in a workflow that it matched."""
    if answered.kind is DecisionKind.GATHERED:
        return _describe_gathered(execution, window, received_at)
    if answered.kind is DecisionKind.DROPPED:
        return f"It was dropped. {answered.message}"
    first = f"It started execution {answered.execution_id}."
    if answered.kind is DecisionKind.STARTED:
        return first
    return f"{first} {answered.message} {_describe_status(execution)}"


def describe_error(answered: Answered) -> str:
    """The trigger, or a key of the workflow's flow control, raised an error."""
    return f"The trigger gave up: {(answered.message or '').rstrip('.')}."


def _describe_gathered(execution: StartedExecution | None, window: OpenWindow | None, received_at: datetime) -> str:
    if execution is not None:
        return f"It started execution {execution.id}{_with_others(execution.events - 1)}."
    if window is not None:
        others = window.events - 1
        beside = f" with {others} other{'' if others == 1 else 's'}" if others else ""
        return f"It waits in a window{beside} until {show_moment(window.closes_at, received_at)}."
    return "It was gathered in a window, which closed without an execution."


def _with_others(others: int) -> str:
    return f" together with {others} other event{'' if others == 1 else 's'}" if others else ""


def _describe_status(execution: StartedExecution | None) -> str:
    if execution is None:
        return "The execution does not exist any more."
    return "It still waits." if execution.queued else f"It is {execution.status} now."


def describe_inactive(since: datetime | None, received_at: datetime) -> str:
    """The workflow was switched off when the event came; ``since`` is None if it was never on, as far as is known."""
    came = f"the event came at {show_moment(received_at, received_at)}"
    if since is None:
        return f"The workflow was switched off; {came}."
    return f"The workflow was switched off at {show_moment(since, received_at)}; {came}."


def describe_deleted(at: datetime, received_at: datetime) -> str:
    """The workflow was deleted before the event came."""
    came = show_moment(received_at, received_at)
    return f"The workflow was deleted at {show_moment(at, received_at)}; the event came at {came}."


def describe_not_yet(first: datetime, received_at: datetime) -> str:
    """The workflow was created after the event came."""
    came = show_moment(received_at, received_at)
    return f"The workflow was created at {show_moment(first, received_at)}; the event came at {came}, before that."


SCHEDULED = "The event is of the workflow's own schedule, which asks no trigger."
TOO_DEEP = "It did not start: more than 20 executions and events led to this event, each because of the one before."
NO_TRIGGER = "The workflow has no trigger, so no event starts it; it starts by hand or by its schedule."


def describe_retro(retro: Retro, received_at: datetime) -> str:
    """The event was given to the workflow afterwards."""
    at = show_moment(retro.started_at, received_at)
    cause = f"backtest {retro.backtest_id}" if retro.backtest_id else "hand"
    if retro.execution_id is None:
        return f"It was given to the workflow again by {cause} at {at}: {retro.message}"
    return f"It was started afterwards by {cause} at {at}, as execution {retro.execution_id}."
