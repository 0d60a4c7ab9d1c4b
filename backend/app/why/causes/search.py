"""Search the causes for which an execution does not go on, from the root cause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.engine.config import EngineConfig
from app.engine.definitions.compiled import WorkflowCache
from app.graph.model import Graph, OnLost
from app.graph.names import quote
from app.logic.jsonlogic import compile_rule
from app.storage import waits
from app.storage.database import Cursor
from app.storage.definition import Definition
from app.storage.statuses import ApprovalKind, ExecutionStatus, StepStatus
from app.storage.waits import LiveStep, WaitingExecution
from app.storage.walk.lock import fetch_definition
from app.triggers.correlation import list_equalities
from app.why.causes.cause import Action, NearEvent, WaitCause, WaitExplanation
from app.why.causes.joins import MissingAt, find_missing
from app.why.causes.near_events import find_near_events
from app.why.causes.wording import (
    cancel_actions,
    describe_approval,
    describe_children,
    describe_end,
    describe_pause,
    describe_pool,
    describe_rate,
    describe_retry,
    describe_running,
    describe_slot,
    describe_timer,
    describe_unknown,
    plural,
    show_duration,
    show_time,
    verb_for,
)

#: Levels of children that are followed.
MOST_LEVELS = 5
#: Events that nearly met a condition and are linked.
MOST_NEAR = 3
#: Causes of one level that are listed.
MOST_CAUSES = 20


def explain_execution(
    cursor: Cursor,
    id: str,
    workflows: WorkflowCache,
    config: EngineConfig,
    *,
    level: int = 0,
    sees: Callable[[str], bool] = lambda workflow_name: True,
) -> WaitExplanation | None:
    """
    Return why an execution does not go on, from one snapshot; None if it does not exist.

    Causes in executions of workflows that the reader does not see, by their name, are left out.
    """
    execution = waits.find_execution(cursor, id)
    if execution is None or not sees(execution.workflow_name):
        return None
    found = _CauseSearch(cursor, execution, workflows, config, level, sees).find()
    first = found[0]
    more = (
        f" {len(found) - 1} more {plural(len(found) - 1, 'cause')} {verb_for(len(found) - 1, 'hold')} it."
        if len(found) > 1
        else ""
    )
    return WaitExplanation(first.sentence + more, first.since, found[:MOST_CAUSES])


@dataclass(frozen=True)
class _CauseSearch:
    """The search for the causes of one execution."""

    cursor: Cursor
    execution: WaitingExecution
    workflows: WorkflowCache
    config: EngineConfig
    level: int
    sees: Callable[[str], bool]

    def find(self) -> list[WaitCause]:
        """Return the causes, the outermost first; there is at least one."""
        execution = self.execution
        if execution.finished_at is not None:
            return [describe_end(execution)]
        if execution.queued:
            return self._find_limits()
        if execution.status == ExecutionStatus.PAUSED:
            return [describe_pause(execution, waits.find_pause(self.cursor, execution.id))]
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
            actions = cancel_actions(execution.id)
            found.append(WaitCause("slot", sentence, since=execution.created_at, actions=actions))
        return found

    def _describe_lane(self, lane: str, use: waits.LaneUse, *, rated: bool) -> WaitCause:
        if rated:
            return describe_rate(self.execution, lane, use)
        held = (self._follow(id, f"Execution {id} holds a slot{_since(began)}") for id, began in use.holders[:1])
        return describe_slot(self.execution, lane, use, tuple(cause for cause in held if cause))

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
        error = execution.error or {}
        node, message = error.get("node_id"), error.get("message")
        ended = "failed" if execution.closing == ExecutionStatus.FAILED else "was cancelled"
        if message and execution.closing != ExecutionStatus.FAILED:
            ended = f"{ended} ({message.rstrip('.')})"
        inner = tuple(self._describe_step(step) for step in steps)
        undoing = [step.node_id for step in steps if step.compensates]
        where = f" at node {node}" if node else ""
        doing = f"node {undoing[0]} undoes what was done" if undoing else "its running steps finish"
        actions = cancel_actions(execution.id) if undoing else ()
        return WaitCause("undone", f"It {ended}{where}; {doing}.", causes=inner, actions=actions)

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
            return describe_unknown(step, step.approval)
        if step.approval:
            return describe_approval(step, step.approval)
        if step.children:
            return self._describe_children(step, step.children["id"])
        if step.subscription:
            return self._describe_subscription(step)
        if step.resume == "run" and step.attempt > 1 and step.due_at:
            node = self._graph().nodes.get(step.node_id)
            return describe_retry(step, step.due_at, node.retry.max_attempts if node else None)
        if step.due_at:
            return describe_timer(step, step.due_at)
        sentence = f"Node {step.node_id} waits until it is resumed from outside."
        return WaitCause("event", sentence, step.node_id, step.started_at)

    def _describe_running(self, step: LiveStep) -> WaitCause:
        since, now = step.started_at or step.created_at, self.execution.now
        if step.next_check_at is not None and step.next_check_at < now:
            sentence = (
                f"The worker that ran node {step.node_id} since {show_time(since)} is lost: its lease ended"
                f" {show_duration(now - step.next_check_at)} ago. {self._describe_loss(step)}"
            )
            return WaitCause("lost_worker", sentence, step.node_id, since, causes=self._find_pool(step.type))
        usual = waits.find_usual_seconds(self.cursor, self.execution, step.node_id)
        return describe_running(step, now, usual, cancel_actions(self.execution.id))

    def _describe_loss(self, step: LiveStep) -> str:
        """Return what becomes of a step whose worker is lost."""
        node = self._graph().nodes.get(step.node_id)
        if node is None or node.on_lost is OnLost.AGAIN:
            return "Another worker runs it again."
        return "It will fail." if node.on_lost is OnLost.FAIL else "A person will be asked whether it happened."

    def _describe_children(self, step: LiveStep, fan_out: str) -> WaitCause:
        children = waits.list_live_children(self.cursor, fan_out)
        followed = (self._follow(id, f"Child {item} of node {step.node_id}") for id, item in children)
        causes = tuple(cause for cause in followed if cause)
        return describe_children(step, waits.count_children(self.cursor, fan_out), causes)

    def _describe_subscription(self, step: LiveStep) -> WaitCause:
        wait = step.subscription or {}
        since = datetime.fromisoformat(wait["since"])
        rule, seen = compile_rule(wait["condition"]), wait["seen"] or {}
        equal = list_equalities(rule, seen)
        wanted = " and ".join(f"{path} = {quote(value)}" for path, value in equal)
        came = f"{wait['events']}{'+' if wait['events'] >= waits.MOST_COUNTED else ''}"
        until = f"; it gives up at {show_time(step.due_at)}" if step.due_at else ""
        near = find_near_events(self.cursor, rule, seen, since)
        nearly = f", {len(near)} of them nearly met the condition" if near else ""
        sentence = (
            f"Node {step.node_id} waits for an event{f' with {wanted}' if wanted else ' that meets its condition'}"
            f" since {show_time(since)}; {came} {plural(wait['events'], 'event')} came since then{nearly}{until}."
        )
        shown = near[:MOST_NEAR]
        actions = tuple(Action("See an event that nearly met it", "GET", f"/events/{each.event_id}") for each in shown)
        explained = tuple(
            NearEvent(each.event_id, each.words, f"/steps/{step.id}/explain?event_id={each.event_id}") for each in shown
        )
        return WaitCause("event", sentence, step.node_id, since, step.due_at, actions=actions, near=explained)

    # --- workers ------------------------------------------------------------------------------------------------

    def _find_pool(self, type: str) -> tuple[WaitCause, ...]:
        """Return the cause that no worker can take a step of this type; nothing if one can."""
        cause = self._describe_wake_up("It", None, type, self.execution.now)
        return (cause,) if cause.kind == "no_worker" else ()

    def _describe_wake_up(self, subject: str, node_id: str | None, type: str | None, since: datetime) -> WaitCause:
        """Return why a step or an execution that could begin has not begun: by the workers that there are."""
        queue = (self.config.queue_of(type) if type else None) or self.config.default_queue
        pool = waits.find_pool(self.cursor, queue, type, within=self.config.lease)
        return describe_pool(pool, subject, queue, type, node_id, since, self.execution.now, self.config.grace)

    # --- other executions ---------------------------------------------------------------------------------------

    def _follow(self, id: str, subject: str) -> WaitCause | None:
        """Return the cause that another execution is, with its own causes, as far as levels are followed."""
        if self.level >= MOST_LEVELS:
            return None
        found = explain_execution(self.cursor, id, self.workflows, self.config, level=self.level + 1, sees=self.sees)
        if found is None:
            return None
        first = found.causes[0]
        sentence = f"{subject}: {found.sentence}"
        return WaitCause(
            first.kind, sentence, None, first.since, first.until, found.causes, first.actions, execution_id=id
        )

    def _graph(self) -> Graph:
        execution = self.execution

        def load() -> Definition:
            return fetch_definition(self.cursor, execution.workflow_id, execution.version)

        inside = tuple(execution.inline_path or ())
        return self.workflows.get(execution.workflow_id, execution.version, load, inside).graph


def _since(moment: str | None) -> str:
    return "" if moment is None else f" since {show_time(datetime.fromisoformat(moment))}"
