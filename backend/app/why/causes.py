"""The causes for which an execution does not go on, from the root cause, each with what a person can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.engine.config import EngineConfig
from app.engine.definitions.compiled import WorkflowCache
from app.graph.model import Graph, OnLost
from app.graph.names import quote
from app.logic.jsonlogic import compile_rule
from app.storage import waits
from app.storage.database import Cursor
from app.storage.statuses import ApprovalKind, ExecutionStatus, StepStatus
from app.storage.waits import LiveStep, WaitingExecution
from app.storage.walk.lock import fetch_definition
from app.triggers.correlation import list_equalities
from app.why.missing import MissingAt, find_missing
from app.why.near_events import find_near_events

#: Levels of children that are followed.
MOST_LEVELS = 5
#: Events that nearly met a condition and are linked.
MOST_NEAR = 3
#: Causes of one level that are listed.
MOST_CAUSES = 20


@dataclass(frozen=True)
class Action:
    """A request that helps."""

    label: str
    method: str
    path: str


@dataclass(frozen=True)
class WaitCause:
    """One cause; ``causes`` are those that it has in turn."""

    #: One of: timer approval event join retry child slot rate paused running queue no_worker busy lost_worker undone
    #: ended.
    kind: str
    sentence: str
    node_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    causes: Sequence[WaitCause] = ()
    actions: Sequence[Action] = ()
    #: The execution that it is about, where that is another one: a child, or a holder of a slot.
    execution_id: str | None = None


@dataclass(frozen=True)
class WaitExplanation:
    """Why an execution does not go on."""

    sentence: str
    since: datetime | None
    causes: Sequence[WaitCause] = field(default_factory=tuple)


def explain_execution(
    cursor: Cursor, id: str, workflows: WorkflowCache, config: EngineConfig, *, level: int = 0
) -> WaitExplanation | None:
    """Return why an execution does not go on, from one snapshot; None if it does not exist."""
    execution = waits.find_execution(cursor, id)
    if execution is None:
        return None
    found = _Search(cursor, execution, workflows, config, level).find()
    first = found[0]
    more = f" {len(found) - 1} more {_plural(len(found) - 1, 'cause')} hold it." if len(found) > 1 else ""
    return WaitExplanation(first.sentence + more, first.since, found[:MOST_CAUSES])


@dataclass(frozen=True)
class _Search:
    """The search for the causes of one execution."""

    cursor: Cursor
    execution: WaitingExecution
    workflows: WorkflowCache
    config: EngineConfig
    level: int

    def find(self) -> list[WaitCause]:
        """Return the causes, the outermost first; there is at least one."""
        execution = self.execution
        if execution.finished_at is not None:
            return [_describe_end(execution)]
        if execution.queued:
            return self._find_limits()
        if execution.status == ExecutionStatus.PAUSED:
            return [self._describe_pause()]
        if execution.status == ExecutionStatus.PENDING:
            return [self._describe_start()]
        steps = waits.list_live_steps(self.cursor, execution.id)
        if execution.closing:
            return [self._describe_closing(steps)]
        return self._group_by_join(steps) or [self._describe_start()]

    # --- before it begins ---------------------------------------------------------------------------------------

    def _find_limits(self) -> list[WaitCause]:
        """Return the full lane, and the full rate, that hold it in the queue."""
        execution, found = self.execution, []
        for lane, rated in ((execution.lane, False), (execution.rate, True)):
            use = waits.find_lane(self.cursor, lane, execution.id, rated=rated) if lane else None
            if lane and use and not (rated and use.period is None) and not (not rated and lane == execution.rate):
                found.append(self._describe_lane(lane, use, rated=rated))
        if not found:
            sentence = "It waits for its turn in its lane, in which a slot is free: it is about to begin."
            found.append(WaitCause("slot", sentence, since=execution.created_at, actions=self._cancel()))
        return found

    def _describe_lane(self, lane: str, use: waits.LaneUse, *, rated: bool) -> WaitCause:
        name = lane.partition("/")[2] or lane
        before = f"; {use.before} {_plural(use.before, 'execution')} {_s(use.before, 'wait')} before it"
        if rated:
            sentence = (
                f"{use.held} of {use.slots} executions that may begin in {use.period:g} s have begun in rate {name}"
                f"{f', the next may begin at {_clock(use.frees_at)}' if use.frees_at else ''}{before}."
            )
            return WaitCause(
                "rate", sentence, since=self.execution.created_at, until=use.frees_at, actions=self._cancel()
            )
        holder = (
            f" is held by {use.holders[0][0]}" if use.held == 1 and use.holders else " are held" if use.held else ""
        )
        sentence = f"{use.held} of {use.slots} {_plural(use.slots, 'slot')} of lane {name}{holder}{before}."
        held = tuple(self._follow(id, f"Execution {id} holds a slot") for id, _ in use.holders[:1])
        causes = tuple(cause for cause in held if cause)
        return WaitCause("slot", sentence, since=self.execution.created_at, causes=causes, actions=self._cancel())

    def _describe_pause(self) -> WaitCause:
        path = f"/executions/{self.execution.id}/resume"
        return WaitCause("paused", "It is paused until somebody resumes it.", actions=(Action("Resume", "POST", path),))

    def _describe_start(self) -> WaitCause:
        execution = self.execution
        if execution.next_check_at is None and execution.status == ExecutionStatus.PENDING:
            path = f"/v1/workflow/trigger/{execution.id}"
            sentence = "It was submitted, and nobody has triggered it."
            return WaitCause("paused", sentence, since=execution.created_at, actions=(Action("Trigger", "POST", path),))
        return self._describe_wake_up("The execution", None, None, execution.created_at)

    # --- its steps ----------------------------------------------------------------------------------------------

    def _describe_closing(self, steps: Sequence[LiveStep]) -> WaitCause:
        execution = self.execution
        ended = "failed" if execution.closing == ExecutionStatus.FAILED else "was cancelled"
        node = (execution.error or {}).get("node_id")
        inner = tuple(self._describe_step(step) for step in steps)
        undoing = [step.node_id for step in steps if step.compensates]
        where = f" at node {node}" if node else ""
        doing = f"node {undoing[0]} undoes what was done" if undoing else "its running steps finish"
        return WaitCause(
            "undone", f"It {ended}{where}; {doing}.", causes=inner, actions=self._cancel() if undoing else ()
        )

    def _group_by_join(self, steps: Sequence[LiveStep]) -> list[WaitCause]:
        """
        Return a cause for each join that has arrivals, with the steps that it waits for, and one for each other step.

        Where all edges so far are on paths that were not taken, nothing waits at the join.
        """
        arrivals = [each for each in waits.list_arrivals(self.cursor, self.execution.id) if each.taken]
        missing = find_missing(self.cursor, self.execution.id, self._graph(), arrivals, steps) if arrivals else []
        joined = {id(step) for join in missing for step in join.steps}
        found = [self._describe_join(join) for join in missing]
        return [*found, *(self._describe_step(step) for step in steps if id(step) not in joined)]

    def _describe_join(self, join: MissingAt) -> WaitCause:
        causes = tuple(self._describe_step(step) for step in join.steps)
        missing = ", ".join(join.missing)
        first = f" {causes[0].sentence}" if causes else ""
        sentence = f"Node {join.node_id} has {join.arrived} of {join.needed} arrivals; still missing {missing}.{first}"
        return WaitCause("join", sentence, node_id=join.node_id, causes=causes)

    def _describe_step(self, step: LiveStep) -> WaitCause:
        if step.status == StepStatus.RUNNING:
            return self._describe_running(step)
        if step.status == StepStatus.READY:
            return self._describe_wake_up(f"Node {step.node_id}", step.node_id, step.type, step.created_at)
        if step.approval and step.approval["kind"] == ApprovalKind.OUTCOME:
            return self._describe_unknown(step, step.approval)
        if step.approval:
            return self._describe_approval(step, step.approval)
        if step.children:
            return self._describe_children(step, step.children["id"], step.children["total"], step.children["ended"])
        if step.subscription:
            return self._describe_subscription(step)
        if step.resume == "run" and step.attempt > 1 and step.due_at:
            return self._describe_retry(step, step.due_at)
        if step.due_at:
            sentence = f"Node {step.node_id} waits until {_clock(step.due_at)}."
            return WaitCause("timer", sentence, step.node_id, step.started_at, step.due_at)
        sentence = f"Node {step.node_id} waits until it is resumed from outside."
        return WaitCause("event", sentence, step.node_id, step.started_at)

    def _describe_running(self, step: LiveStep) -> WaitCause:
        since, now = step.started_at or step.created_at, self.execution.now
        if step.next_check_at is not None and step.next_check_at < now:
            sentence = (
                f"The worker that ran node {step.node_id} since {_clock(since)} is lost: its lease ended"
                f" {_ago(now - step.next_check_at)} ago. {self._describe_loss(step)}"
            )
            return WaitCause("lost_worker", sentence, step.node_id, since, causes=self._find_pool(step.type))
        sentence = f"Node {step.node_id} has been running for {_ago(now - since)}."
        return WaitCause("running", sentence, step.node_id, since, actions=self._cancel())

    def _describe_loss(self, step: LiveStep) -> str:
        """Return what becomes of a step whose worker is lost."""
        node = self._graph().nodes.get(step.node_id)
        if node is None or node.on_lost is OnLost.AGAIN:
            return "Another worker runs it again."
        return "It will fail." if node.on_lost is OnLost.FAIL else "A person will be asked whether it happened."

    def _describe_unknown(self, step: LiveStep, approval: dict[str, object]) -> WaitCause:
        sentence = f"Node {step.node_id} lost its worker, and waits for a person to say whether it happened."
        path = f"/approvals/{approval['id']}"
        actions = (
            Action("It happened", "POST", f"{path}/approve"),
            Action("Run it again", "POST", f"{path}/reject"),
        )
        return WaitCause("approval", sentence, step.node_id, step.started_at, actions=actions)

    def _describe_approval(self, step: LiveStep, approval: dict[str, object]) -> WaitCause:
        title, needed, given = approval.get("title"), approval["needed"], approval["approved"]
        name = f" {quote(title)}" if title else ""
        who = approval.get("approvers")
        people = f" by {', '.join(map(str, who))}" if isinstance(who, list) and who else ""
        count = f" ({given} of {needed} given)" if needed != 1 else ""
        until = f"; it expires at {_clock(step.due_at)}" if step.due_at else ""
        sentence = f"Node {step.node_id} waits for the approval{name}{people}{count}{until}."
        path = f"/approvals/{approval['id']}"
        actions = (Action("Approve", "POST", f"{path}/approve"), Action("Reject", "POST", f"{path}/reject"))
        return WaitCause("approval", sentence, step.node_id, step.started_at, step.due_at, actions=actions)

    def _describe_children(self, step: LiveStep, fan_out: str, total: int, ended: int) -> WaitCause:
        children = waits.list_live_children(self.cursor, fan_out)
        followed = (self._follow(id, f"Child {item} of node {step.node_id}") for id, item in children)
        causes = tuple(cause for cause in followed if cause)
        sentence = f"Node {step.node_id} waits for {total - ended} of {total} {_plural(total, 'child', 'children')}."
        first = f" {causes[0].sentence}" if causes else ""
        return WaitCause("child", sentence + first, step.node_id, step.started_at, step.due_at, causes)

    def _describe_subscription(self, step: LiveStep) -> WaitCause:
        wait = step.subscription or {}
        since = datetime.fromisoformat(wait["since"])
        rule, seen = compile_rule(wait["condition"]), wait["seen"] or {}
        equal = list_equalities(rule, seen)
        wanted = " and ".join(f"{path} = {quote(value)}" for path, value in equal)
        came = f"{wait['events']}{'+' if wait['events'] >= waits.MOST_COUNTED else ''}"
        until = f"; it gives up at {_clock(step.due_at)}" if step.due_at else ""
        near = find_near_events(self.cursor, rule, seen, since)
        nearly = f", {len(near)} of them nearly met the condition" if near else ""
        sentence = (
            f"Node {step.node_id} waits for an event{f' with {wanted}' if wanted else ' that meets its condition'}"
            f" since {_clock(since)}; {came} {_plural(wait['events'], 'event')} came since then{nearly}{until}."
        )
        actions = tuple(Action("See an event that nearly met it", "GET", f"/events/{id}") for id in near[:MOST_NEAR])
        return WaitCause("event", sentence, step.node_id, since, step.due_at, actions=actions)

    def _describe_retry(self, step: LiveStep, due_at: datetime) -> WaitCause:
        node = self._graph().nodes.get(step.node_id)
        most = f" of {node.retry.max_attempts}" if node and node.retry.max_attempts >= step.attempt else ""
        error = step.last_error or {}
        why = f": {error['message']}" if error.get("message") else ""
        sentence = f"Node {step.node_id} tries again at {_clock(due_at)} (attempt {step.attempt}{most}){why}"
        return WaitCause("retry", sentence if sentence.endswith(".") else f"{sentence}.", step.node_id, None, due_at)

    # --- workers ------------------------------------------------------------------------------------------------

    def _find_pool(self, type: str) -> tuple[WaitCause, ...]:
        """Return the cause that no worker can take a step of this type; nothing if one can."""
        cause = self._describe_wake_up("It", None, type, self.execution.now)
        return (cause,) if cause.kind == "no_worker" else ()

    def _describe_wake_up(self, subject: str, node_id: str | None, type: str | None, since: datetime) -> WaitCause:
        """Return why a step or an execution that could begin has not begun: by the workers that there are."""
        queue = (self.config.queue_of(type) if type else None) or self.config.default_queue
        pool = waits.find_pool(self.cursor, queue, type, within=self.config.lease)
        now, waited = self.execution.now, f"{subject} has been ready for {_ago(self.execution.now - since)}"
        if not pool.workers:
            return WaitCause("no_worker", f"{waited}: no worker is running. Start one.", node_id, since)
        if not pool.on_queue:
            sentence = f"{waited}: no worker listens on queue {queue}. Start one with -Q {queue}."
            return WaitCause("no_worker", sentence, node_id, since)
        if not pool.able:
            sentence = f"{waited}: no worker has a handler for the node type {type}. Start one of a build that has it."
            return WaitCause("no_worker", sentence, node_id, since)
        listens = f"{pool.able} {_plural(pool.able, 'worker')} {_s(pool.able, 'listen')} on queue {queue}"
        if (now - since).total_seconds() > self.config.grace and pool.running:
            return WaitCause("busy", f"{waited}: {listens}, and {pool.running} steps run now.", node_id, since)
        return WaitCause("queue", f"{waited}: its wake-up is in queue {queue}; {listens}.", node_id, since)

    # --- other executions ---------------------------------------------------------------------------------------

    def _follow(self, id: str, subject: str) -> WaitCause | None:
        """Return the cause that another execution is, with its own causes, as far as levels are followed."""
        if self.level >= MOST_LEVELS:
            return None
        found = explain_execution(self.cursor, id, self.workflows, self.config, level=self.level + 1)
        if found is None:
            return None
        first = found.causes[0]
        sentence = f"{subject}: {found.sentence}"
        return WaitCause(
            first.kind, sentence, None, first.since, first.until, found.causes, first.actions, execution_id=id
        )

    def _cancel(self) -> tuple[Action, ...]:
        return (Action("Cancel", "POST", f"/executions/{self.execution.id}/cancel"),)

    def _graph(self) -> Graph:
        execution = self.execution

        def load() -> tuple[str, object]:
            return fetch_definition(self.cursor, execution.workflow_id, execution.version)

        inside = tuple(execution.inline_path or ())
        return self.workflows.get(execution.workflow_id, execution.version, load, inside).graph


def _describe_end(execution: WaitingExecution) -> WaitCause:
    at, error = _clock(execution.finished_at), execution.error or {}
    if execution.status == ExecutionStatus.COMPLETED:
        return WaitCause("ended", f"It completed at {at}.", since=execution.finished_at)
    retry = (Action("Retry", "POST", f"/executions/{execution.id}/retry"),)
    if execution.status == ExecutionStatus.CANCELLED:
        return WaitCause("ended", f"It was cancelled at {at}.", since=execution.finished_at, actions=retry)
    node = error.get("node_id")
    where = f" at node {node}" if node else ""
    message = error.get("message") or error.get("type") or "no reason was recorded"
    sentence = f"It failed{where} at {at}: {message}"
    sentence = sentence if sentence.endswith(".") else f"{sentence}."
    return WaitCause("ended", sentence, node_id=node, since=execution.finished_at, actions=retry)


def _clock(moment: datetime | None) -> str:
    """The moment in UTC; the API gives the exact one beside each sentence."""
    return "an unknown time" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _ago(time: timedelta) -> str:
    seconds = max(time.total_seconds(), 0.0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _plural(count: int, one: str, many: str | None = None) -> str:
    return one if count == 1 else many or f"{one}s"


def _s(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb
