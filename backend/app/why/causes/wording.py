"""The sentences about the causes for which an execution waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.graph.names import quote
from app.storage.flow_control.lanes import name_lane
from app.storage.statuses import ExecutionStatus
from app.storage.waits import ChildCounts, LaneUse, LiveStep, Pause, Pool, WaitingExecution
from app.why.causes.cause import Action, WaitCause


def describe_end(execution: WaitingExecution) -> WaitCause:
    """How an execution has ended."""
    at, error = show_time(execution.finished_at), execution.error or {}
    if execution.status == ExecutionStatus.COMPLETED:
        return WaitCause("ended", f"It completed at {at}.", since=execution.finished_at)
    retry = (Action("Retry", "POST", f"/executions/{execution.id}/retry"),)
    if execution.status == ExecutionStatus.CANCELLED:
        reason = f": {error['message'].rstrip('.')}" if error.get("message") else ""
        return WaitCause("ended", f"It was cancelled at {at}{reason}.", since=execution.finished_at, actions=retry)
    node = error.get("node_id")
    where = f" at node {node}" if node else ""
    message = error.get("message") or error.get("type") or "no reason was recorded"
    sentence = f"It failed{where} at {at}: {message}"
    sentence = sentence if sentence.endswith(".") else f"{sentence}."
    return WaitCause("ended", sentence, node_id=node, since=execution.finished_at, actions=retry)


def describe_pause(execution: WaitingExecution, pause: Pause | None) -> WaitCause:
    """A paused execution, which somebody has to resume; ``pause``: the deed, where the audit has it."""
    actions = (Action("Resume", "POST", f"/executions/{execution.id}/resume"),)
    if pause is None:
        return WaitCause("paused", "It is paused until somebody resumes it.", actions=actions)
    by = "" if pause.is_local else f" by {pause.actor}"
    sentence = f"It is paused until somebody resumes it; it was paused{by} at {show_time(pause.at)}."
    return WaitCause("paused", sentence, since=pause.at, actions=actions)


def describe_retry(step: LiveStep, due_at: datetime, most: int | None) -> WaitCause:
    """A step that failed and is tried again at a time; ``most``: its attempts, where they are known."""
    of = f" of {most}" if most is not None and most >= step.attempt else ""
    error = step.last_error or {}
    why = f": {error['message'].rstrip('.')}" if error.get("message") else ""
    sentence = f"Node {step.node_id} tries again at {show_time(due_at)} (attempt {step.attempt}{of}){why}."
    return WaitCause("retry", sentence, step.node_id, None, due_at, actions=wake_actions("Try now", step))


def describe_timer(step: LiveStep, due_at: datetime) -> WaitCause:
    """A step that waits for a time."""
    sentence = f"Node {step.node_id} waits until {show_time(due_at)}."
    actions = wake_actions("Wake now", step)
    return WaitCause("timer", sentence, step.node_id, step.started_at, due_at, actions=actions)


def describe_running(step: LiveStep, now: datetime, usual: float | None, cancel: tuple[Action, ...]) -> WaitCause:
    """A step whose handler runs; ``usual``: seconds that it takes at other times."""
    since = step.started_at or step.created_at
    usually = "" if usual is None else f" (usually {show_seconds(usual)})"
    sentence = f"Node {step.node_id} has been running for {show_duration(now - since)}{usually}."
    return WaitCause("running", sentence, step.node_id, since, actions=cancel)


def describe_children(step: LiveStep, counts: ChildCounts, causes: tuple[WaitCause, ...]) -> WaitCause:
    """A step that waits for executions which it has started; ``causes`` are those of some of them."""
    left = counts.total - counts.ended
    sentence = f"Node {step.node_id} waits for {left} of {counts.total} {plural(counts.total, 'child', 'children')}"
    numbers = {"running": counts.live, "not begun": left - counts.live, "failed": counts.failed}
    parts = [f"{number} {word}" for word, number in numbers.items() if number > 0]
    counted = f": {', '.join(parts)}" if counts.total > 1 and parts else ""
    first = f" {causes[0].sentence}" if causes else ""
    return WaitCause("child", f"{sentence}{counted}.{first}", step.node_id, step.started_at, step.due_at, causes)


def describe_rate(execution: WaitingExecution, lane: str, use: LaneUse) -> WaitCause:
    """A full rate limit, and when the next execution may begin."""
    sentence = (
        f"{use.held} of {use.slots} executions that may begin in {use.period:g} s have begun in rate {name_lane(lane)}"
        f"{f', the next may begin at {show_time(use.frees_at)}' if use.frees_at else ''}{_describe_line(use)}."
    )
    actions = cancel_actions(execution.id)
    return WaitCause("rate", sentence, since=execution.created_at, until=use.frees_at, actions=actions)


def describe_slot(execution: WaitingExecution, lane: str, use: LaneUse, causes: tuple[WaitCause, ...]) -> WaitCause:
    """A lane without a free slot; ``causes`` are those of the execution that holds one."""
    holder = f" is held by {use.holders[0][0]}" if use.held == 1 and use.holders else " are held" if use.held else ""
    slots = plural(use.slots, "slot")
    sentence = f"{use.held} of {use.slots} {slots} of lane {name_lane(lane)}{holder}{_describe_line(use)}."
    actions = cancel_actions(execution.id)
    return WaitCause("slot", sentence, since=execution.created_at, causes=causes, actions=actions)


def _describe_line(use: LaneUse) -> str:
    return f"; {use.before} {plural(use.before, 'execution')} {verb_for(use.before, 'wait')} before it"


def describe_unknown(step: LiveStep, approval: dict[str, object]) -> WaitCause:
    """A step whose worker was lost, and of which a person says whether it had its effect."""
    sentence = f"Node {step.node_id} lost its worker, and waits for a person to say whether it happened."
    path = f"/approvals/{approval['id']}"
    actions = (
        Action("It happened", "POST", f"{path}/approve"),
        Action("Run it again", "POST", f"{path}/reject"),
    )
    return WaitCause(
        "approval", sentence, step.node_id, step.started_at, actions=actions, approval_id=str(approval["id"])
    )


def describe_approval(step: LiveStep, approval: dict[str, object]) -> WaitCause:
    """A step that waits for an approval."""
    title, needed, given = approval.get("title"), approval["needed"], approval["approved"]
    name = f" {quote(title)}" if title else ""
    who = approval.get("approvers")
    people = f" by {', '.join(map(str, _list(who)))}" if who else ""
    by = [str(name) for name in _list(approval.get("by")) if name]
    names = f", by {', '.join(by)}" if by else ""
    count = f" ({given} of {needed} given{names})" if needed != 1 else ""
    until = f"; it expires at {show_time(step.due_at)}" if step.due_at else ""
    sentence = f"Node {step.node_id} waits for the approval{name}{people}{count}{until}."
    path = f"/approvals/{approval['id']}"
    actions = (Action("Approve", "POST", f"{path}/approve"), Action("Reject", "POST", f"{path}/reject"))
    return WaitCause(
        "approval",
        sentence,
        step.node_id,
        step.started_at,
        step.due_at,
        actions=actions,
        approval_id=str(approval["id"]),
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def describe_pool(
    pool: Pool,
    subject: str,
    queue: str,
    type: str | None,
    node_id: str | None,
    since: datetime,
    now: datetime,
    grace: float,
) -> WaitCause:
    """
    Why something that is ready since ``since`` has not begun, by the workers of its queue.

    ``type`` is the node type, None for an execution. ``grace``: seconds after which its wake-up counts as late.
    """
    waited = f"{subject} has been ready for {show_duration(now - since)}"
    if not pool.workers:
        return WaitCause("no_worker", f"{waited}: no worker is running. Start one.", node_id, since)
    if not pool.on_queue:
        sentence = f"{waited}: no worker listens on queue {queue}. Start one with -Q {queue}."
        return WaitCause("no_worker", sentence, node_id, since)
    if not pool.able:
        sentence = f"{waited}: no worker has a handler for the node type {type}. Start one of a build that has it."
        return WaitCause("no_worker", sentence, node_id, since)
    listens = f"{pool.able} {plural(pool.able, 'worker')} {verb_for(pool.able, 'listen')} on queue {queue}"
    if (now - since).total_seconds() > grace and pool.running:
        steps = f"{pool.running} {plural(pool.running, 'step')} {verb_for(pool.running, 'run')} now"
        return WaitCause("busy", f"{waited}: {listens}, and {steps}.", node_id, since)
    return WaitCause("queue", f"{waited}: its wake-up is in queue {queue}; {listens}.", node_id, since)


def cancel_actions(execution_id: str) -> tuple[Action, ...]:
    """The request that cancels an execution."""
    return (Action("Cancel", "POST", f"/executions/{execution_id}/cancel"),)


def wake_actions(label: str, step: LiveStep) -> tuple[Action, ...]:
    """The request that ends the wait of a step for a time."""
    return (Action(label, "POST", f"/steps/{step.id}/wake"),)


def show_time(moment: datetime | None) -> str:
    """The moment in UTC; the API gives the exact one beside each sentence."""
    return "an unknown time" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def show_duration(time: timedelta) -> str:
    """A time in its largest unit of which there are at least two: ``90 s``, ``5 min``."""
    seconds = max(time.total_seconds(), 0.0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def show_seconds(seconds: float) -> str:
    """A time that may be short: ``0.4 s``, ``12 s``."""
    return f"{seconds:.1f} s" if seconds < 10 else show_duration(timedelta(seconds=seconds))


def plural(count: int, one: str, many: str | None = None) -> str:
    """A noun in its number."""
    return one if count == 1 else many or f"{one}s"


def verb_for(count: int, verb: str) -> str:
    """A verb in the number of its subject: ``1 waits``, ``2 wait``."""
    return f"{verb}s" if count == 1 else verb
