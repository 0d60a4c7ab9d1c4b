"""Resuming: the ways into a transition, each the news of something that has happened."""

from __future__ import annotations

from app.engine.attempts.attempt import AttemptResult, failure
from app.engine.registry import Way
from app.engine.waiting.signals import signal_result
from app.engine.wakeups.message import WakeUp
from app.engine.walk.advancing import advance, claim, run_inline, runs_here
from app.engine.walk.changes import LIVE, NeedsLock
from app.engine.walk.isolation import isolation_limit
from app.engine.walk.losses import settle_lost
from app.engine.walk.settling import complete, schedule, settle
from app.engine.walk.transition import Claim, ClaimedStep, Transition, max_visits_error, now
from app.graph.planning import plan
from app.storage import workers
from app.storage.json_text import dumps, loads
from app.storage.rows import FoundStep
from app.storage.statuses import ExecutionStatus, StepStatus
from app.storage.waiting import signals
from app.storage.walk import commands, lock
from app.storage.walk.end_one import End
from app.storage.walk.exchange import Exchange
from app.storage.walk.records import NOTIFICATION

#: READY steps that one look at a running execution takes at most; each of the others gets its own wake-up.
READY_BATCH = 100
#: Seconds that a waiting step is overdue before it counts as one whose wake-up had no effect.
SUSPECT_AFTER = 30.0
#: Seconds by which a message may come too early and still count.
EARLY = 0.003


def take_up(transition: Transition, wake_up: WakeUp, step: FoundStep | None, *, resumed: bool) -> bool:
    """
    Do what a wake-up asks for: a step, or whatever the execution is ready for; False where that is nothing.

    ``step`` is the one that the wake-up names, as it was read. ``resumed`` means that what it waits for has come.
    """
    changes = transition.changes
    if transition.context.fault is not None:
        return fail_unreadable(transition)
    if resumed and wake_up.visit is None and step is not None and step.status == StepStatus.RUNNING:
        # Asked from outside: our own messages, of which one may come twice, name the visit.
        commands.resume_once_it_waits(changes.cursor, changes.execution_id, step)
        return True
    if wake_up.node_id is not None:
        return take(transition, step, resumed=resumed)
    if changes.suspended:
        return False
    if changes.status == ExecutionStatus.PENDING:
        begin(transition)
        return True
    return _take_ready(transition)


def begin(transition: Transition) -> None:
    """Start the entries of an execution that no worker has begun."""
    changes = transition.changes
    transition.is_suspect = changes.locked.woken
    changes.status = ExecutionStatus.RUNNING
    changes.columns.update(status=ExecutionStatus.RUNNING, started_at=True, next_check_at=None)
    transition.plan(plan.plan_start(transition.graph, changes.ledger))


def _take_ready(transition: Transition) -> bool:
    """Take the READY steps of a running execution, as many as there is time and room for; leave a wake-up for more."""
    changes = transition.changes
    steps = _list_ready(transition)
    known = {row.id for row in changes.rows}
    for step in steps:
        if step.id in known:
            continue
        has_time = transition.in_time or transition.is_suspect
        if has_time and take(transition, step):
            advance(transition)
        elif not has_time or not _waits_to_compute(transition, step):
            transition.left[:] = [WakeUp(changes.execution_id)]
            return True
    if len(steps) == READY_BATCH:
        transition.left.append(WakeUp(changes.execution_id))
    return bool(steps)


def _list_ready(transition: Transition) -> list[FoundStep]:
    """Return READY steps that this process may run; of many, those that it can begin."""
    changes, types = transition.changes, transition.config.types_here
    steps = lock.list_ready_steps(changes.cursor, changes.execution_id, types, limit=READY_BATCH)
    waiting = {step.type for step in steps if _waits_to_compute(transition, step)}
    if len(steps) < READY_BATCH or not waiting:
        return steps
    queues = {transition.config.queue_of(type) for type in waiting}
    transition.left_computing += [WakeUp(changes.execution_id, queue=queue) for queue in queues]
    types = types._replace(but=[*types.but, *sorted(waiting)])
    return lock.list_ready_steps(changes.cursor, changes.execution_id, types, limit=READY_BATCH)


def _waits_to_compute(transition: Transition, step: FoundStep) -> bool:
    """Return True for a step that computes, where this process already runs one that does."""
    compiled, room = transition.workflow.nodes.get(step.node_id), transition.room
    is_computing = compiled is not None and compiled.way is Way.COMPUTE and not compiled.pure
    return is_computing and room is not None and not room.has(Way.COMPUTE)


def record(transition: Transition, claim: Claim, step: FoundStep | None, result: AttemptResult) -> bool:
    """
    Record a handler's result on its step, as it was read; False where the claim is lost.

    The claim's number alone decides: a step whose lease has expired, but which nobody has claimed since, counts.
    """
    if step is None or not holds(claim, step):
        return False
    compiled = transition.workflow.nodes.get(step.node_id)
    is_known = claim.is_suspect or step.was_lost
    transition.is_suspect = is_known or (step.woken and compiled is not None and compiled.pure)
    row = transition.changes.stored_row(step)
    if step.outcome_is_unknown:
        # Its worker was not lost after all: a number that nobody holds says so, and a question about it is answered.
        row.claim += 1
        transition.changes.cancels_waits = True
    settle(transition, row, result)
    return True


def holds(claim: Claim, step: FoundStep | None) -> bool:
    """Return True if a result under this claim counts: the step runs, or is lost and neither runs again nor failed."""
    if step is None or step.claim != claim.number or step.claimed_by != claim.process:
        return False
    is_asked = step.outcome_is_unknown and step.status == StepStatus.WAITING
    return is_asked or step.status in (StepStatus.RUNNING, StepStatus.READY)


def plan_exchange(transition: Transition, step: ClaimedStep, result: AttemptResult) -> Exchange:
    """
    Return what is to be written where a path goes straight on: a result, and the claim of the next step.

    Raises NeedsLock where the path forks, joins, waits or ends, which concerns other paths.
    """
    changes = transition.changes
    settled = step.row.as_change()
    changes.rows.append(settled)
    settle(transition, settled, result)
    advance(transition)
    live = [row for row in changes.rows if row.status in LIVE]
    claimed = [step.row for step in transition.claimed]
    if len(claimed) != 1 or live != claimed or transition.wake_ups or changes.columns:
        raise NeedsLock
    if any(record.kind != NOTIFICATION for _, record in changes.records):
        raise NeedsLock
    return Exchange(changes.execution_id, settled, changes.rows[1:], changes.records)


def plan_end(transition: Transition, step: ClaimedStep, result: AttemptResult) -> End:
    """
    Return what is to be written where this result may be the last one of its execution: nothing follows it.

    Raises NeedsLock where the step fails or waits, or where the end concerns others. Whether it is the last one is seen
    when it is written.
    """
    changes, context = transition.changes, transition.context
    settled = step.row.as_change()
    changes.rows.append(settled)
    settle(transition, settled, result)
    has_more = len(changes.rows) > 1 or transition.frontier or transition.wake_ups or changes.columns
    is_known = context.ends_alone and not transition.workflow.defer_failure and settled.compensates is None
    if has_more or not is_known or settled.status in LIVE or settled.output is None:
        raise NeedsLock
    has_records = len(changes.records) > 1 or any(record.kind != NOTIFICATION for _, record in changes.records)
    if has_records or len(settled.output) > transition.config.limits.max_collected_bytes:
        raise NeedsLock
    changes.end(ExecutionStatus.COMPLETED)
    output = dumps(loads(settled.output))
    return End(changes.execution_id, context.origin.version, settled, output, changes.records)


def take(transition: Transition, step: FoundStep | None, *, resumed: bool = False) -> bool:
    """Claim, run or resume a step that a wake-up names; False where there is nothing to do."""
    changes = transition.changes
    if step is None or step.status not in (StepStatus.READY, StepStatus.WAITING):
        return False
    if changes.stopped and step.compensates is None:
        _end_left_step(transition, step)
        return True
    if changes.suspended:
        return resumed and _resume_later(transition, step)
    if step.status == StepStatus.WAITING:
        return _resume(transition, step, resumed)
    if settle_lost(transition, step):
        return True
    if step.losses >= transition.config.max_worker_losses:
        settle(transition, transition.changes.stored_row(step), _poisoned(step))
        return True
    return _start_stored(transition, step)


def _end_left_step(transition: Transition, step: FoundStep) -> None:
    """End a step that is READY or WAITING although its execution has stopped, however it came to be left."""
    row = transition.changes.stored_row(step)
    if step.status == StepStatus.READY and step.claim > 0:
        message = f"The worker that ran node {step.node_id} was lost."
        settle(transition, row, failure("WorkerLost", message, may_retry=False))
    else:
        row.status, row.finished_at = StepStatus.CANCELLED, now()
        transition.changes.cancels_waits = True


def _poisoned(step: FoundStep) -> AttemptResult:
    message = f"Node {step.node_id} is poisoned: {step.losses} workers were lost while they ran it alone."
    return failure("poisoned", message)


def _resume(transition: Transition, step: FoundStep, resumed: bool) -> bool:
    if step.resume == "timeout" and _take_signal(transition, step):
        return True
    early = step.due_in is not None and step.due_in > EARLY
    if early or (step.due_in is None and not resumed):
        if early and step.due_in is not None and step.due_in < 1:
            transition.wake(step, step.due_in)
        return False
    transition.is_suspect = step.woken and step.due_in is not None and step.due_in < -SUSPECT_AFTER
    if step.resume == "run":
        return _start_stored(transition, step)
    if step.resume == "timeout":
        return step.due_in is not None and _time_out(transition, step)
    row = transition.changes.stored_row(step)
    row.output = dumps(step.output)
    complete(transition, row, step.branch, step.output)
    return True


def _resume_later(transition: Transition, step: FoundStep) -> bool:
    """A resume arrived while the execution is paused or queued; nobody repeats it, so mark the step due now."""
    if step.status != StepStatus.WAITING or step.resume == "timeout" or step.due_in is not None:
        return False
    row = transition.changes.stored_row(step)
    row.branch, row.resume, row.output = step.branch, step.resume, dumps(step.output)
    schedule(transition, row, 0.0)
    return True


def _take_signal(transition: Transition, step: FoundStep) -> bool:
    """Settle a step that waits for a signal, if one has come."""
    cursor = transition.changes.cursor
    found = signals.take_signal(cursor, transition.changes.execution_id, step)
    if found is None:
        return False
    transition.is_suspect = found.woken
    node = transition.graph.nodes[step.node_id]
    return signal(transition, step, signal_result(cursor, found, node, transition.config.limits))


def _time_out(transition: Transition, step: FoundStep) -> bool:
    """A step that has waited as long as it may takes its handle ``timeout``, or fails."""
    transition.changes.cancels_waits = True
    error = {"type": "Timeout", "message": f"Node {step.node_id} waited for longer than its max_wait_time."}
    result = AttemptResult(output=dumps(step.output), handles=("timeout",), fallback_error=error)
    return signal(transition, step, result)


def signal(transition: Transition, step: FoundStep | None, result: AttemptResult) -> bool:
    """Settle a waiting step with what it waited for; False where it does not wait any more."""
    if step is None or step.status != StepStatus.WAITING or step.resume != "timeout":
        return False
    if transition.changes.stopped and step.compensates is None:
        return False
    settle(transition, transition.changes.stored_row(step), result)
    return True


def _start_stored(transition: Transition, step: FoundStep) -> bool:
    compiled = transition.workflow.nodes[step.node_id]
    if step.visit > compiled.node.max_visits and step.compensates is None:
        result = AttemptResult(error=max_visits_error(compiled.node), may_retry=False)
        settle(transition, transition.changes.stored_row(step), result)
        return True
    if compiled.handler is None:
        _wait_for_handler(transition, step)
        return True
    if not runs_here(transition, compiled):
        return False
    transition.is_suspect = transition.is_suspect or _is_suspect(step)
    if compiled.pure and (compiled.fault or not _is_suspect(step)):
        run_inline(transition, compiled, transition.changes.stored_row(step))
        return True
    if _waits_to_compute(transition, step):
        queue = transition.config.queue_of(step.type)
        transition.left_computing.append(WakeUp(transition.changes.execution_id, queue=queue))
        return False
    limit = isolation_limit(step)
    if transition.room is None or not transition.room.take(compiled.way, limit):
        transition.left.append(WakeUp(transition.changes.execution_id, step.node_id, step.visit))
        transition.isolation = min(filter(None, (transition.isolation, limit)), default=None)
        return False
    claim(transition, compiled, transition.changes.stored_row(step), isolation=limit)
    return True


def _is_suspect(step: FoundStep) -> bool:
    """Return True for a step that was READY before and did not get further: its node is run under a claim."""
    return step.was_lost or (step.status == StepStatus.READY and step.woken)


def fail_unreadable(transition: Transition) -> bool:
    """Fail an execution whose version cannot be compiled; False where it has ended."""
    changes = transition.changes
    if changes.closing is not None:
        changes.end(changes.closing)
        transition.stopping = changes.cancels_waits = True
        return True
    if changes.stopped:
        return False
    transition.fail({"type": "Unreadable", "message": transition.context.fault}, None)
    return True


def _wait_for_handler(transition: Transition, step: FoundStep) -> None:
    """
    Leave a step to a worker that has a handler for its type; it fails if no live worker has had one for a while.

    While versions run side by side, a newer worker may know a type that this one does not. A timekeeper publishes the
    step again after ``grace``, and not ever later, because any worker may get its wake-up.
    """
    changes, config = transition.changes, transition.config
    waited = lock.seconds_since_creation(changes.cursor, changes.execution_id, step)
    if waited < config.unknown_type_timeout or workers.is_type_known(changes.cursor, step.type, within=config.lease):
        row = changes.stored_row(step)
        row.status, row.check_in = StepStatus.READY, config.grace
        return
    message = (
        f"No worker has had a handler for the node type {step.type} for {config.unknown_type_timeout:.12g} s;"
        " start one that has, then retry the execution."
    )
    settle(transition, changes.stored_row(step), failure("UnknownNodeType", message, may_retry=False))
