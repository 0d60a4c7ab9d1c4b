"""The walk: a worker moves executions from node to node, one transaction a step, handlers in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from math import inf
from time import monotonic
from typing import Any

from app.engine.attempts.attempt import Attempt, AttemptResult, idempotency_key
from app.engine.attempts.call import run_attempt
from app.engine.attempts.event_loop import HandlerLoop
from app.engine.attempts.leases import HeldClaim, Leases
from app.engine.config import EngineContext
from app.engine.definitions.compiled import NO_WORKFLOW, WorkflowCache
from app.engine.registry import RunTarget
from app.engine.waiting.children import find_workflow
from app.engine.waiting.events import Matcher
from app.engine.wakeups.aftermath import Aftermath
from app.engine.wakeups.local_queue import LocalQueue
from app.engine.wakeups.message import WakeUp
from app.engine.walk.advancing import advance
from app.engine.walk.changes import NeedsLock
from app.engine.walk.completion import finish
from app.engine.walk.context import ExecutionContext
from app.engine.walk.emitter import Emitter
from app.engine.walk.isolation import Isolation, NeedsIsolation
from app.engine.walk.resuming import exchange, record, take, take_up
from app.engine.walk.transition import Claim, ClaimedStep, Transition, locked_transition, unlocked_transition
from app.errors import Unreadable
from app.graph.model import Graph
from app.graph.planning import plan
from app.storage.availability import DISCONNECTED, retry_while_disconnected
from app.storage.database import Cursor, driver
from app.storage.walk import lock
from app.storage.walk.lock import LockedExecution

log = logging.getLogger(__name__)

#: Seconds that a walk may take before it lets others have the worker.
MAX_WALK_SECONDS = 0.5
#: Seconds for which a worker keeps trying to record a result while Postgres cannot be reached.
MAX_OUTAGE_SECONDS = 3600.0
#: Pure steps at hand that one transaction takes at most.
MAX_SIBLINGS = 100


@dataclass(frozen=True)
class WorkerContext(EngineContext):
    """What all walks of one worker process share."""

    leases: Leases
    #: Acts on what a commit leaves to be done.
    dispatch: Callable[[Aftermath], None]
    #: Runs handlers that are ``async def``.
    loop: HandlerLoop = field(default_factory=HandlerLoop)
    isolation: Isolation = field(default_factory=Isolation)

    @cached_property
    def emitter(self) -> Emitter:
        return Emitter(self, self.dispatch)

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self)

    def walk(self, wake_ups: Iterable[WakeUp], *, resumed: bool = False) -> None:
        """Look at each of these executions, as far as no other worker takes them over."""
        with self.publisher.sharing(wake_ups) as queue:
            walker: Walker | None = None
            while (wake_up := queue.take()) is not None:
                if walker is None or walker.execution_id != wake_up.execution_id:
                    walker = Walker(self, wake_up.execution_id, queue)
                walker.run(wake_up, resumed=resumed)


@dataclass
class LockedRound:
    """One transaction of a walk, from the lock to the commit."""

    #: None where the execution does not exist.
    transition: Transition | None
    #: Steps at hand of the same execution that it has not taken yet.
    siblings: list[WakeUp]

    def commit(self) -> ClaimedStep | None:
        """Start what follows, take siblings as long as there is time, and commit; the step that is claimed now."""
        transition = self.transition
        assert transition is not None
        advance(transition)
        for step in transition.changes.locked.steps[1:]:
            if not (transition.can_go_on and transition.isolates(step)):
                break
            take(transition, step)
            advance(transition)
            self.siblings.pop(0)
        finish(transition)
        return transition.claimed


class Walker:
    """The way of one worker through one execution."""

    def __init__(self, worker: WorkerContext, execution_id: str, queue: LocalQueue) -> None:
        self._worker = worker
        self.execution_id = execution_id
        self._queue = queue
        self._context: ExecutionContext | None = None
        #: See ``Transition.isolation``.
        self._isolation: int | None = None
        #: When its share of time ends; that begins once it holds the execution and has compiled its graph.
        self._until = inf

    def run(self, wake_up: WakeUp, *, resumed: bool = False) -> None:
        """Walk from what the wake-up names until this path waits, forks, ends, or has used its share of time."""
        self._isolation = None
        while not self._run_isolated(wake_up, resumed):
            pass

    def _run_isolated(self, wake_up: WakeUp, resumed: bool) -> bool:
        """Walk beside as few others as its limit says; False, and nothing done, where the step needs a lower one."""
        limit = self._isolation
        with self._worker.publisher.watching(self._queue):
            self._worker.isolation.enter(limit)
        try:
            self._run(wake_up, resumed)
        except NeedsIsolation as needed:
            self._isolation = needed.limit
            return False
        finally:
            self._worker.isolation.leave(limit)
        return True

    def _run(self, wake_up: WakeUp, resumed: bool) -> None:
        self._until = inf
        step = self._take_up(wake_up, resumed)
        while step is not None:
            with self._worker.leases.hold(self._held_claim(step)):
                result = self._run_handler(step)
                step = self._exchange(step, result) or self._settle(step.claim, result, self._siblings())

    def _siblings(self) -> list[WakeUp]:
        """
        Return steps of this execution that are at hand, for a transaction that is needed anyway.

        That is all pure ones, up to the first that is not: a transaction can claim one step.
        """
        found: list[WakeUp] = []
        nodes = self._context.workflow.nodes if self._context else {}
        while nodes and len(found) < MAX_SIBLINGS and monotonic() < self._until:
            sibling = self._queue.take(self.execution_id)
            if sibling is None:
                break
            found.append(sibling)
            compiled = nodes.get(sibling.node_id or "")
            if compiled is None or not compiled.pure:
                break
        return found

    def _held_claim(self, step: ClaimedStep) -> HeldClaim:
        row = step.row
        return HeldClaim(self.execution_id, row.node_id, row.visit, row.attempt, row.claim)

    def _run_handler(self, step: ClaimedStep) -> AttemptResult:
        worker, row = self._worker, step.row
        attempt = Attempt(step.compiled, step.context, row, worker.config, is_inline=False)
        if step.compiled.pure:
            attempt = replace(attempt, find_workflow=self._find_workflow)
        else:
            key = idempotency_key(self.execution_id, row.node_id, row.visit)
            attempt = replace(attempt, emit=partial(worker.emitter.emit, step.context, key, row.node_id))
        with worker.publisher.watching(self._queue):
            return run_attempt(attempt, worker.loop)

    def _find_workflow(self, reference: str) -> RunTarget:
        with driver(self._worker.engine) as connection, connection.cursor() as cursor:
            return find_workflow(cursor, self._worker.workflows, reference)

    def _take_up(self, wake_up: WakeUp, resumed: bool) -> ClaimedStep | None:
        siblings = self._siblings()
        with self._keeping(siblings), self._locked(wake_up.node_id, wake_up.visit, siblings) as locked:
            if locked.transition is None or not take_up(locked.transition, wake_up, resumed=resumed):
                return None
            return locked.commit()

    def _exchange(self, step: ClaimedStep, result: AttemptResult) -> ClaimedStep | None:
        """Record a result and claim the next step without the lock; None where ``_settle`` has to be used."""
        if self._context is None or not step.compiled.straight or step.is_suspect or monotonic() >= self._until:
            return None
        worker = self._worker
        with suppress(NeedsLock, *DISCONNECTED), driver(worker.engine) as connection, connection.cursor() as cursor:
            transition = unlocked_transition(cursor, self._context, worker.config)
            if exchange(transition, step, result):
                return transition.claimed
        return None

    def _settle(self, claim: Claim, result: AttemptResult, siblings: list[WakeUp]) -> ClaimedStep | None:
        """
        Record a result, and claim the next step if there is one; tried again while Postgres cannot be reached.

        To record twice is harmless: the second time finds the claim used. The outage may be longer than the lease: the
        result counts until somebody else claims the step.
        """
        attempt = partial(self._try_settle, claim, result, siblings)
        with self._keeping(siblings):
            return retry_while_disconnected(attempt, MAX_OUTAGE_SECONDS)

    def _try_settle(self, claim: Claim, result: AttemptResult, siblings: list[WakeUp]) -> ClaimedStep | None:
        with self._locked(claim.node_id, claim.visit, siblings) as locked:
            if locked.transition is None or not record(locked.transition, claim, result):
                self._context = None  # It may remember this result from ``_exchange``, which does not count.
                return None
            return locked.commit()

    @contextmanager
    def _locked(self, node_id: str | None, visit: int | None, siblings: list[WakeUp]) -> Iterator[LockedRound]:
        """
        Hold the execution, with this step and the siblings read; what is not committed in here is rolled back.

        Afterwards what follows is handed on, and siblings that were not taken are at hand again.
        """
        with driver(self._worker.engine) as connection, connection.cursor() as cursor:
            names = [(node_id, visit), *((each.node_id, each.visit) for each in siblings)]
            locked = LockedRound(self._lock(cursor, names), list(siblings))
            yield locked
        self._hand_on(locked)

    @contextmanager
    def _keeping(self, siblings: list[WakeUp]) -> Iterator[None]:
        """Have siblings at hand again if the block raises."""
        try:
            yield
        except BaseException:
            self._queue.add(siblings)
            raise

    def _hand_on(self, locked: LockedRound) -> None:
        """Keep what this worker may do at hand, and publish the rest: all of it once its time is over."""
        aftermath = locked.transition.aftermath if locked.transition else Aftermath()
        wake_ups = [*locked.siblings, *aftermath.wake_ups]
        in_time = monotonic() < self._until
        here, away = list[WakeUp](), list[WakeUp]()
        for wake_up in wake_ups:
            mine = in_time and not wake_up.countdown and self._worker.config.consumes(wake_up.queue)
            (here if mine else away).append(wake_up)
        self._queue.add(here)
        self._worker.dispatch(replace(aftermath, wake_ups=tuple(away)))

    def _lock(self, cursor: Cursor, names: list[tuple[str | None, int | None]]) -> Transition | None:
        joins = joins_after(self._context.workflow.graph, [node for node, _ in names]) if self._context else []
        locked = lock.lock_execution(cursor, self.execution_id, names, joins, first=self._context is None)
        if locked is None:
            fields = {"execution": self.execution_id}
            log.info("Execution %(execution)s does not exist; its wake-up is dropped.", fields, extra=fields)
            return None
        workflows = self._worker.workflows
        context = self._context = self._context or open_context(cursor, workflows, self.execution_id, locked)
        if self._until == inf:
            self._until = monotonic() + MAX_WALK_SECONDS
        in_time, config = monotonic() < self._until, self._worker.config
        return locked_transition(cursor, context, locked, config, can_claim=in_time, isolation=self._isolation)


def open_context(
    cursor: Cursor, workflows: WorkflowCache, execution_id: str, locked: LockedExecution
) -> ExecutionContext:
    """Return what a walk needs to know of an execution that it meets for the first time."""
    origin = locked.origin
    assert origin is not None, "The execution was locked without reading its origin."

    def load() -> tuple[str, Any]:
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
