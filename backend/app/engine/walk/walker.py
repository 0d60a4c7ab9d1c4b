"""The walk: a worker moves executions from node to node, one transaction a step, handlers in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from math import inf
from time import monotonic
from typing import Any

import psycopg2

from app.engine.attempts.attempt import AttemptResult, run_attempt
from app.engine.attempts.leases import Leases
from app.engine.config import EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.waiting.events import Matcher
from app.engine.wakeups.local_queue import LocalQueue
from app.engine.wakeups.message import WakeUp
from app.engine.walk.changes import NeedsLock
from app.engine.walk.completion import finish
from app.engine.walk.context import ExecutionContext
from app.engine.walk.emitter import Emitter
from app.engine.walk.transition import Claim, ClaimedStep, Transition
from app.graph.model import Graph
from app.graph.planning import plan
from app.storage.availability import DISCONNECTED, retry_while_disconnected
from app.storage.database import Cursor, driver
from app.storage.statuses import ExecutionStatus
from app.storage.walk import lock
from app.storage.walk.lock import LockedExecution
from app.triggers.fire import Fired

log = logging.getLogger(__name__)

#: Seconds that a walk may go on before it lets others have the worker.
MAX_WALK_SECONDS = 0.5
#: Steps without effects that one transaction takes from what is at hand.
AT_ONCE = 100


@dataclass(frozen=True)
class WorkerContext(EngineContext):
    """What every walk of one worker process has in common."""

    leases: Leases
    #: What an event that was posted still asks for, as far as that can be done now.
    follow_up: Callable[[Fired], Iterable[WakeUp]] = lambda fired: ()

    @cached_property
    def emitter(self) -> Emitter:
        return Emitter(self, self.follow_up)

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self)

    def walk(self, wake_ups: Iterable[WakeUp], *, resumed: bool = False) -> None:
        """Look at each of these executions, as far as no other worker takes them over."""
        with self.publisher.sharing(wake_ups) as queue:
            walk: Walker | None = None
            while (wake_up := queue.take()) is not None:
                if walk is None or walk.execution_id != wake_up.execution_id:
                    walk = Walker(self, wake_up.execution_id, queue)
                walk.go(wake_up, resumed=resumed)


class Walker:
    """One worker's way through one execution."""

    def __init__(self, worker: WorkerContext, execution_id: str, queue: LocalQueue) -> None:
        self._worker = worker
        self.execution_id = execution_id
        self._queue = queue
        self._context: ExecutionContext | None = None
        #: Its share of time begins once it holds the execution and knows its graph, however long that took.
        self._until = inf

    def go(self, wake_up: WakeUp, *, resumed: bool = False) -> None:
        """Walk from what the wake-up names until this path waits, forks, ends, or has used its share of time."""
        self._until = inf
        step = self._look(wake_up, resumed)
        while step is not None:
            result = self._run(step)
            step = self._exchange(step, result) or self._settle(step.claim_of, result, self._siblings())

    def _siblings(self) -> list[WakeUp]:
        """
        Steps of this execution that are at hand, for the transaction that is needed anyway.

        Those without effects as many as there are, up to the first that has one: no more can be claimed at once.
        """
        found: list[WakeUp] = []
        nodes = self._context.workflow.nodes if self._context else {}
        while nodes and len(found) < AT_ONCE and monotonic() < self._until:
            sibling = self._queue.take(self.execution_id)
            if sibling is None:
                break
            found.append(sibling)
            compiled = nodes.get(sibling.node_id or "")
            if compiled is None or not compiled.pure:
                break
        return found

    def _run(self, step: ClaimedStep) -> AttemptResult:
        worker, row = self._worker, step.row
        claim = (self.execution_id, row.node_id, row.visit, row.attempt, row.claim)
        with worker.publisher.watching(self._queue), worker.leases.held(claim):
            services = worker.config.services(step.context, row)
            services.emit = partial(worker.emitter.emit, step.context, services.idempotency_key, row.node_id)
            return run_attempt(step.compiled, step.context, services, worker.config.limits)

    def _look(self, wake_up: WakeUp, resumed: bool) -> ClaimedStep | None:
        def move(transaction: Transition) -> bool:
            if wake_up.node_id is None:
                if transaction.draft.status != ExecutionStatus.PENDING or transaction.draft.queued:
                    return False
                transaction.begin()
                return True
            return transaction.take(transaction.draft.locked.step, resumed=resumed)

        return self._transact(wake_up.node_id, wake_up.visit, move, self._siblings())

    def _exchange(self, step: ClaimedStep, result: AttemptResult) -> ClaimedStep | None:
        """The quick way on, for a path that neither forks nor joins nor ends here; None: take the other."""
        if self._context is None or not step.compiled.straight or monotonic() >= self._until:
            return None
        worker = self._worker
        with suppress(NeedsLock, *DISCONNECTED), driver(worker.engine) as connection, connection.cursor() as cursor:
            assumed = LockedExecution(ExecutionStatus.RUNNING, None, 1, {})
            transaction = Transition(cursor, self._context, assumed, worker.config, held=False)
            if transaction.exchange(step, result):
                return transaction.claimed
        return None

    def _settle(self, claim: Claim, result: AttemptResult, siblings: list[WakeUp]) -> ClaimedStep | None:
        """
        Record a result, as soon as Postgres can be asked; who cannot reach it for longer than a lease gives up.

        Recording twice is harmless: the second time finds the claim used.
        """

        def move(transaction: Transition) -> bool:
            counts = transaction.record(claim, result)
            if not counts:
                self._context = None  # The quick way may have made it remember this result.
            return counts

        return retry_while_disconnected(
            lambda: self._transact(claim.node_id, claim.visit, move, siblings), self._worker.config.lease
        )

    def _transact(
        self, node_id: str | None, visit: int | None, move: Callable[[Transition], bool], siblings: list[WakeUp]
    ) -> ClaimedStep | None:
        with driver(self._worker.engine) as connection, connection.cursor() as cursor:
            try:
                transaction = self._lock(cursor, [(node_id, visit), *((s.node_id, s.visit) for s in siblings)])
                if transaction is None:
                    return None
                moved, left = self._move(transaction, move, siblings)
            except BaseException:
                with suppress(psycopg2.Error):
                    cursor.execute("ROLLBACK")
                self._queue.add(siblings)
                raise
        self._hand_on(transaction.wake_ups, left)
        if moved and transaction.looks_back:
            self._worker.publisher.match()
        return transaction.claimed if moved else None

    def _move(
        self, transaction: Transition, move: Callable[[Transition], bool], siblings: list[WakeUp]
    ) -> tuple[bool, list[WakeUp]]:
        """Do it and commit; answers whether there was anything to do, and the siblings that were left alone."""
        if not move(transaction):
            transaction.draft.cursor.execute("ROLLBACK")
            return False, siblings
        transaction.walk_on()
        left = list(siblings)
        for step in transaction.draft.locked.steps[1:]:
            if not transaction.can_go_on:
                break
            transaction.take(step)
            transaction.walk_on()
            left.pop(0)
        finish(transaction)
        return True, left

    def _hand_on(self, wake_ups: list[WakeUp], left: list[WakeUp]) -> None:
        """What others can do: at hand for this worker first, if it may; with a countdown for the broker at once."""
        here, away = list(left), list[WakeUp]()
        for wake_up in wake_ups:
            mine = not wake_up.countdown and self._worker.config.consumes(wake_up.queue)
            (here if mine else away).append(wake_up)
        if monotonic() < self._until:
            self._queue.add(here)
            self._worker.publisher.put(away)
        else:
            self._worker.publisher.put([*away, *here])

    def _lock(self, cursor: Cursor, names: list[tuple[str | None, int | None]]) -> Transition | None:
        joins = joins_after(self._context.workflow.graph, [node for node, _ in names]) if self._context else []
        locked = lock.lock_execution(cursor, self.execution_id, names, joins, first=self._context is None)
        if locked is None:
            log.info("A wake-up names execution %s, which does not exist.", self.execution_id)
            return None
        context = self._context = self._context or open_context(
            cursor, self._worker.workflows, self.execution_id, locked
        )
        if self._until == inf:
            self._until = monotonic() + MAX_WALK_SECONDS
        return Transition(cursor, context, locked, self._worker.config, can_claim=monotonic() < self._until)


def open_context(
    cursor: Cursor, workflows: WorkflowCache, execution_id: str, locked: LockedExecution
) -> ExecutionContext:
    """What a walk needs to know of an execution that it meets for the first time."""
    origin = locked.origin
    assert origin is not None, "The execution was locked without asking for what never changes."

    def load() -> tuple[str, Any]:
        return lock.fetch_definition(cursor, origin.workflow_id, origin.version)

    workflow = workflows.get(origin.workflow_id, origin.version, load, origin.inside)
    return ExecutionContext(workflows, workflow, execution_id, origin)


def joins_after(graph: Graph, nodes: list[str | None]) -> list[str]:
    """The joins that the settling of these nodes may concern at once: their join_counts are read with the lock."""
    targets = {edge.target for node in nodes for edge in graph.out.get(node or "", ())}
    return [plan.join_key(target) for target in targets if len(graph.into[target]) > 1]
