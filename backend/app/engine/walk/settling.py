"""Settling: what a result makes of its step, and of the execution."""

from __future__ import annotations

from datetime import datetime
from random import random
from time import monotonic
from typing import Any

from app.engine.attempts.attempt import AttemptResult, failure
from app.engine.wakeups.message import WakeUp
from app.engine.walk.changes import NeedsLock, NoLedger, visit_of
from app.engine.walk.descendants import TOO_MANY, describe_excess, planned_children
from app.engine.walk.inputs import SettledStep
from app.engine.walk.transition import Transition, now
from app.graph.planning import plan
from app.graph.planning.plan import Outcome
from app.storage.descendants import fetch_descendants
from app.storage.json_text import dumps, loads
from app.storage.queue_progress import SUSPENDED_CHECK
from app.storage.rows import RESUMED_EARLY, StepRow
from app.storage.statuses import StepStatus
from app.storage.walk.records import WAIT


def settle(transition: Transition, row: StepRow, result: AttemptResult) -> None:
    """Give a step its new status, and plan what follows. Raises NeedsLock."""
    row.check_in = row.due_in = None
    if transition.context.fault is not None:
        _settle_unreadable(transition, row, result)
        return
    if result.error is not None:
        _settle_failed(transition, row, result)
        return
    branch = plan.choose(transition.graph, row.node_id, handles=result.handles, next=result.selected_next)
    if branch is None and result.fallback_error is not None:
        _settle_failed(transition, row, AttemptResult(error=result.fallback_error, may_retry=False))
        return
    if _leads_nowhere(transition, row, result, branch):
        message = f"Node {row.node_id} selected {result.selected_next}, but has no edge to it."
        _settle_failed(transition, row, failure("UnknownNext", message, may_retry=False))
        return
    excess = _describe_excess(transition, row, result)
    if excess is not None:
        _settle_failed(transition, row, failure(TOO_MANY, excess, may_retry=False))
        return
    transition.changes.records += [(row, record) for record in result.records]
    row.output = result.output
    if result.halted:
        _wait(transition, row, result, branch)
    else:
        complete(transition, row, branch, loads(result.output or "null"))


def _describe_excess(transition: Transition, row: StepRow, result: AttemptResult) -> str | None:
    """
    Return a message if this result starts more executions than one may lead to. Raises NeedsLock.

    Transactions that run at the same time do not see each other's, so the limit may be passed by what they start.
    """
    children = planned_children(result.records)
    if not children:
        return None
    changes, most = transition.changes, transition.config.max_descendants
    if isinstance(changes.ledger, NoLedger):
        raise NeedsLock
    root, number = fetch_descendants(changes.cursor, changes.execution_id)
    number += children + sum(planned_children([record]) for _, record in changes.records)
    return describe_excess(row.node_id, root, number, most) if number > most else None


def _settle_unreadable(transition: Transition, row: StepRow, result: AttemptResult) -> None:
    """Record a result of an execution whose version cannot be compiled: nothing can follow, so it fails."""
    row.output, row.finished_at, row.resume = result.output, now(), None
    row.status = StepStatus.COMPLETED if result.error is None else StepStatus.FAILED
    row.error = dumps(dict(result.error)) if result.error else None
    if not transition.changes.stopped:
        transition.fail({"type": "Unreadable", "message": transition.context.fault}, None)


def _leads_nowhere(transition: Transition, row: StepRow, result: AttemptResult, branch: str | None) -> bool:
    """Return True if a handler that is not known to choose named a node that exists, without an edge to it."""
    nodes = transition.graph.nodes
    chooses = nodes[row.node_id].traits.chooses
    return branch == plan.NOWHERE and not chooses and result.selected_next in nodes


def _wait(transition: Transition, row: StepRow, result: AttemptResult, branch: str | None) -> None:
    if transition.changes.stopped and row.compensates is None:
        row.status, row.finished_at = StepStatus.CANCELLED, now()
        return
    if row.resume == RESUMED_EARLY and _waits_to_be_resumed(result):
        complete(transition, row, branch, loads(row.output or "null"))
        return
    row.status, row.branch, row.resume = StepStatus.WAITING, branch, result.when_due
    transition.wake_ups += [WakeUp(id) for record in result.records for id in record.begins]
    transition.needs_match = transition.needs_match or any(record.kind == WAIT for record in result.records)
    if result.resume_at is not None:
        _schedule_at(transition, row, result.resume_at)
    elif result.resume_in is not None:
        schedule(transition, row, result.resume_in)


def _waits_to_be_resumed(result: AttemptResult) -> bool:
    return result.when_due == "complete" and result.resume_in is None and result.resume_at is None


def _schedule_at(transition: Transition, row: StepRow, moment: datetime) -> None:
    """
    Set the moment at which a waiting step is due.

    Postgres compares it with its own clock. This process's clock decides only whether a message is sent already; one
    that comes too early has no effect, and a timekeeper sends another one in time.
    """
    config = transition.config
    row.due_at = moment
    if transition.changes.suspended:
        row.check_in = SUSPENDED_CHECK
        return
    row.check_in = -config.horizon / 2
    due_in = (moment - now()).total_seconds()
    if due_in <= config.horizon:
        transition.wake(row, max(due_in, 0.0))


def schedule(transition: Transition, row: StepRow, due_in: float) -> None:
    """Set when a waiting step is due, in seconds, and when a timekeeper checks it."""
    config = transition.config
    row.due_in, row.due_since = max(due_in, 0.0), monotonic()
    if transition.changes.suspended:
        row.check_in = SUSPENDED_CHECK
    elif row.due_in <= config.horizon:
        row.check_in = row.due_in + config.late
        transition.wake(row, row.due_in)
    else:
        row.check_in = row.due_in - config.horizon / 2


def complete(transition: Transition, row: StepRow, branch: str | None, output: Any) -> None:
    """Complete a step, and plan what follows along this branch."""
    row.status, row.branch, row.finished_at = StepStatus.COMPLETED, branch, now()
    row.check_in = row.due_in = row.resume = None
    if not row.compensates:
        _follow(transition, row, Outcome.COMPLETED, branch, output)


def _follow(transition: Transition, row: StepRow, outcome: Outcome, branch: str | None, output: Any) -> None:
    graph = transition.graph
    row.is_last = not plan.leads_on(graph, row.node_id, outcome, branch)
    visit = visit_of(row)
    settled = SettledStep(row.node_id, visit.scope, row.status, branch, output)
    transition.context.remember(settled, len(row.output or ""))
    transition.plan(plan.plan_successors(graph, transition.changes.ledger, visit, outcome, branch))


def _settle_failed(transition: Transition, row: StepRow, result: AttemptResult) -> None:
    error = dict(result.error or {})
    row.status, row.finished_at, row.error = StepStatus.FAILED, now(), dumps(error)
    row.output = row.resume = None
    node = transition.graph.nodes[row.node_id]
    stopped = transition.changes.stopped
    wait = node.retry.wait_after(row.attempt, random()) if result.may_retry else None
    if wait is not None and (not stopped or row.compensates):
        _retry(transition, row, wait)
    elif row.compensates:
        return
    elif plan.catches(transition.graph, row.node_id) or node.continue_on_error:
        _catch(transition, row, error)
    elif not stopped and not node.defer_failure:
        transition.fail(error, row.node_id)


def _retry(transition: Transition, row: StepRow, wait: float) -> None:
    again = transition.changes.new_row(visit_of(row), row.type, attempt=row.attempt + 1)
    again.visit, again.compensates = row.visit, row.compensates
    again.status, again.resume = StepStatus.WAITING, "run"
    schedule(transition, again, wait)


def _catch(transition: Transition, row: StepRow, error: dict[str, Any]) -> None:
    output = {"error": error}
    row.output = dumps(output)
    caught = plan.catches(transition.graph, row.node_id)
    _follow(transition, row, Outcome.CAUGHT if caught else Outcome.COMPLETED, None, output)
