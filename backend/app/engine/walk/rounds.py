"""Rounds: the transactions in which a process records what is new about its executions, many together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic

import psycopg2

from app.engine.attempts.runners import Room
from app.engine.config import EngineContext
from app.engine.definitions.compiled import NO_WORKFLOW, CompiledNode, WorkflowCache
from app.engine.wakeups.aftermath import NOTHING, Aftermath
from app.engine.wakeups.message import WakeUp
from app.engine.walk.advancing import advance
from app.engine.walk.changes import NeedsLock
from app.engine.walk.completion import concerns_others, finish, finish_together
from app.engine.walk.context import ExecutionContext
from app.engine.walk.news import Look, News, Result
from app.engine.walk.resuming import holds, plan_end, plan_exchange, record, take_up
from app.engine.walk.transition import ClaimedStep, Transition, locked_transition, unlocked_transition
from app.errors import Unreadable
from app.graph.model import Graph
from app.graph.planning import plan
from app.storage.database import Cursor
from app.storage.definition import Definition
from app.storage.kept_connection import KeptConnection
from app.storage.rows import FoundStep
from app.storage.walk import lock
from app.storage.walk.end_one import End, end_one
from app.storage.walk.exchange import Exchange
from app.storage.walk.exchange_one import exchange
from app.storage.walk.lock import LockedExecution
from app.storage.walk.lock_many import Wanted, lock_many

log = logging.getLogger(__name__)

#: Seconds after which a transaction takes no further execution: pure nodes run in it, while it holds all its locks.
#: Postgres ends it when it has been idle for ``idle_in_transaction_session_timeout``.
TRANSACTION_SECONDS = 1.0


@dataclass
class Outcome:
    """What transactions that are committed leave to be done."""

    claimed: list[ClaimedStep] = field(default_factory=list)
    #: When the first of these transactions began, by the monotonic clock.
    since: float = field(default_factory=monotonic)
    aftermath: Aftermath = NOTHING
    #: Wake-ups for which there was no room.
    left: list[Look] = field(default_factory=list)
    #: Wake-ups for which there was no time.
    postponed: list[Look] = field(default_factory=list)
    #: Executions that others hold, or that do not exist.
    skipped: list[str] = field(default_factory=list)
    #: Executions whose transactions have to be their own.
    alone: list[str] = field(default_factory=list)
    #: Executions with results that are left to the next transaction, because this one has taken long.
    next: list[str] = field(default_factory=list)

    def add(self, transition: Transition) -> None:
        """Add what a transition leaves, which has been committed."""
        self.claimed += transition.claimed
        if transition.wake_ups or transition.needs_match or transition.ready or transition.tells:
            self.aftermath += transition.aftermath
        self.left += [Look(wake_up, isolation=transition.isolation) for wake_up in transition.left]
        self.left += [Look(wake_up, computes=True) for wake_up in transition.left_computing]
        if transition.ready:
            self.left.append(Look(WakeUp(transition.changes.execution_id)))


@dataclass
class Recorder:
    """Records news of executions. Used by one thread at a time; it remembers the executions that this process walks."""

    worker: EngineContext
    contexts: dict[str, ExecutionContext] = field(default_factory=dict)
    connection: KeptConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = KeptConnection(self.worker.engine)

    def exchange(self, results: list[Result], rooms: Callable[[Result], Room]) -> tuple[Outcome, list[Result], int]:
        """
        Record results on straight paths and claim what follows, in one statement and without locks.

        A single result at the end of its path may end its execution, in one statement too.
        Returns what it leaves, the results that have to be recorded with a lock, and how many it came to before
        ``TRANSACTION_SECONDS`` were over, at least one. Raises errors of Postgres and of the pool.
        """
        outcome, planned, left = Outcome(), list[tuple[Result, Transition, Exchange | End]](), list[Result]()
        count, until = 0, monotonic() + TRANSACTION_SECONDS
        with self.connection.cursor() as cursor:
            for result in results:
                count += 1
                plan = self._plan(cursor, result, rooms(result), may_end=len(results) == 1)
                if plan is None:
                    left.append(result)
                else:
                    planned.append((result, *plan))
                if monotonic() > until:
                    break
            written = _write(cursor, [element for *_, element in planned])
        for (result, transition, _), is_written in zip(planned, written, strict=True):
            if is_written:
                outcome.add(transition)
            else:
                transition.context.forget()  # It remembers a result that does not count.
                left.append(result)
        return outcome, left, count

    def exchange_alone(self, result: Result, room: Room) -> Outcome | None:
        """As ``exchange``, for one result; None where it has to be recorded with a lock."""
        outcome = Outcome()
        with self.connection.cursor() as cursor:
            planned = self._plan(cursor, result, room, may_end=True)
            if planned is None:
                return None
            transition, element = planned
            (is_written,) = _write(cursor, [element])
        if not is_written:
            transition.context.forget()  # It remembers a result that does not count.
            return None
        outcome.add(transition)
        return outcome

    def _plan(
        self, cursor: Cursor, result: Result, room: Room, *, may_end: bool
    ) -> tuple[Transition, Exchange | End] | None:
        context, step = self.contexts.get(result.execution_id), result.step
        way = _way_of(step.compiled, may_end=may_end)
        if context is None or step.is_suspect or way is None:
            return None
        transition = unlocked_transition(cursor, context, self.worker.config, room)
        try:
            return transition, way(transition, step, result.result)
        except NeedsLock:
            return None
        except psycopg2.Error:
            raise
        except Exception:  # its own transaction shows what is wrong with it
            context.forget()
            return None

    def record(self, news: Mapping[str, News], rooms: Callable[[ExecutionContext], Room], until: float) -> Outcome:
        """
        Record the news of several executions in one transaction, with their locks; those that others hold are left.

        Once it is ``until``, executions without a result are postponed, so that pure nodes hold up no results. Raises
        errors of Postgres and of the pool; then nothing is recorded.
        """
        outcome, full_at = Outcome(), monotonic() + TRANSACTION_SECONDS
        try:
            with self.connection.cursor() as cursor:
                found = lock_many(cursor, {id: self._request(id, each) for id, each in news.items()})
                outcome.skipped = _existing(cursor, [id for id in news if id not in found])
                transitions: list[Transition] = []
                for id, locked in found.items():
                    if self._is_outdated(id, locked):
                        outcome.skipped.append(id)
                        continue
                    transition = self._transition(cursor, id, locked, rooms)
                    if len(news) > 1 and concerns_others(transition):
                        outcome.alone.append(id)
                    elif not news[id].results and monotonic() > until:
                        outcome.postponed += news[id].looks
                    elif transitions and monotonic() > full_at:
                        outcome.next.append(id)
                    elif not news[id].results and transition.room and not transition.room.left:
                        outcome.left += news[id].looks  # What it would begin could not run.
                    elif self._apply(transition, news[id]):
                        transitions.append(transition)
                self._commit(cursor, transitions)
        except BaseException:
            self.forget(news)
            raise
        for transition in transitions:
            outcome.add(transition)
        return outcome

    def forget(self, executions: Iterable[str]) -> None:
        """Forget executions; they are read again when there is news of them."""
        for id in executions:
            self.contexts.pop(id, None)

    def _is_outdated(self, id: str, locked: LockedExecution) -> bool:
        """Forget an execution that has been moved to another version since it was read; True where that is so."""
        context = self.contexts.get(id)
        if context is None or context.origin.version == locked.version:
            return False
        self.forget([id])
        return True

    def _request(self, id: str, news: News) -> Wanted:
        context, names = self.contexts.get(id), news.names
        joins = joins_after(context.workflow.graph, [node for node, _ in names]) if context else []
        return Wanted(names, joins, first=context is None)

    def _transition(
        self, cursor: Cursor, id: str, locked: LockedExecution, rooms: Callable[[ExecutionContext], Room]
    ) -> Transition:
        context = self.contexts.get(id)
        if context is None:
            context = self.contexts[id] = open_context(cursor, self.worker.workflows, id, locked)
        context.ends_alone = locked.lane is None and context.origin.fan_out is None
        return locked_transition(cursor, context, locked, self.worker.config, rooms(context))

    def _apply(self, transition: Transition, news: News) -> bool:
        """Apply the news of an execution to its transition; False where nothing comes of it."""
        steps = transition.changes.locked.steps
        results = list(zip(news.results, steps, strict=False))
        if not all(holds(result.step.claim, step) for result, step in results):
            # It may remember a result from an exchange that was not written.
            transition.context.forget()
        has_changed = False
        for result, step in results:
            transition.is_suspect = False
            if record(transition, result.step.claim, _current(transition, step), result.result):
                advance(transition)
                has_changed = True
        for look, step in zip(news.looks, steps[len(results) :], strict=True):
            transition.is_suspect = False
            if take_up(transition, look.wake_up, _current(transition, step), resumed=look.resumed):
                advance(transition)
                has_changed = True
        return has_changed or bool(transition.left or transition.left_computing or transition.wake_ups)

    @staticmethod
    def _commit(cursor: Cursor, transitions: list[Transition]) -> None:
        if len(transitions) == 1:
            finish(transitions[0])
        elif transitions:
            finish_together(transitions)


def _way_of(node: CompiledNode, *, may_end: bool) -> Callable[..., Exchange | End] | None:
    if node.straight:
        return plan_exchange
    return plan_end if node.is_end and may_end else None


def _write(cursor: Cursor, elements: list[Exchange | End]) -> list[bool]:
    ends = [each for each in elements if isinstance(each, End)]
    exchanges = [each for each in elements if not isinstance(each, End)]
    return [end_one(cursor, end) for end in ends] + (exchange(cursor, exchanges) if exchanges else [])


def _existing(cursor: Cursor, ids: list[str]) -> list[str]:
    """Return those executions that exist: others hold them."""
    found = lock.list_existing(cursor, ids) if ids else []
    for id in set(ids) - set(found):
        fields = {"execution": id}
        log.info("Execution %(execution)s does not exist; its wake-up is dropped.", fields, extra=fields)
    return found


def _current(transition: Transition, step: FoundStep | None) -> FoundStep | None:
    """Return a step as it was read; None where this transition has changed it since."""
    return None if step is not None and step.id in transition.changes.changed else step


def open_context(
    cursor: Cursor, workflows: WorkflowCache, execution_id: str, locked: LockedExecution
) -> ExecutionContext:
    """Return what a walk needs to know of an execution that it meets for the first time."""
    origin = locked.origin
    assert origin is not None, "The execution was locked without reading its origin."

    def load() -> Definition:
        return lock.fetch_definition(cursor, origin.workflow_id, origin.version)

    try:
        workflow = workflows.get(origin.workflow_id, origin.version, load, origin.inside)
    except Unreadable as error:
        return ExecutionContext(workflows, NO_WORKFLOW, execution_id, origin, fault=str(error))
    return ExecutionContext(workflows, workflow, execution_id, origin)


def joins_after(graph: Graph, nodes: list[str | None]) -> list[str]:
    """Return the joins that these nodes may reach at once: their counts are read with the lock."""
    targets = {edge.target for node in nodes for edge in graph.out.get(node or "", ())}
    return [plan.join_key(target) for target in targets if len(graph.into[target]) > 1]
