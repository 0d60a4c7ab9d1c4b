"""The walk: a worker moves executions from node to node, one transaction a step, handlers in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg2
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from app.engine.leases import Leases
from app.engine.program import Programs
from app.engine.recall import Recall
from app.engine.runner import Limits, Try, run
from app.engine.turn import Claimed, ClaimOf, Pace, Transaction, services
from app.engine.wakeups import Outbox, Share, WakeUp
from app.storage import steps as statements
from app.storage.database import driver
from app.storage.statuses import ExecutionStatus
from app.storage.steps import Cursor

log = logging.getLogger(__name__)

#: Seconds that a walk may go on before it lets others have the worker.
SHARE = 0.5
#: What a lost connection to Postgres raises.
GONE = (psycopg2.OperationalError, psycopg2.InterfaceError, OperationalError)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Worker:
    """What every walk of one worker process has in common."""

    engine: Engine
    programs: Programs
    outbox: Outbox
    leases: Leases
    pace: Pace
    limits: Limits

    def walk(self, wake_ups: Iterable[WakeUp], *, resumed: bool = False) -> None:
        """Look at each of these executions, as far as no other worker takes them over."""
        with self.outbox.sharing(wake_ups) as share:
            while (wake_up := share.take()) is not None:
                Walk(self, wake_up.execution_id, share).go(wake_up, resumed=resumed)

    def poison(self, wake_up: WakeUp, claim: int, result: Try) -> None:
        """Settle a step whose workers all died; nothing happens where somebody else has settled it."""
        with self.outbox.sharing(()) as share:
            walk = Walk(self, wake_up.execution_id, share)
            walk.settle(ClaimOf(wake_up.node_id or "", wake_up.visit or 1, claim), result)


class Walk:
    """One worker's way through one execution."""

    def __init__(self, worker: Worker, execution_id: str, share: Share) -> None:
        self._worker = worker
        self._execution_id = execution_id
        self._share = share
        self._recall: Recall | None = None
        self._until = monotonic() + SHARE

    def go(self, wake_up: WakeUp, *, resumed: bool = False) -> None:
        """From what the wake-up names on, until this path waits, forks to others, ends, or has had its share."""
        step = self._look(wake_up, resumed)
        while step is not None:
            step = self._settle(step.claim_of, self._run(step), self._sibling())

    def settle(self, claim: ClaimOf, result: Try) -> None:
        """Record a result that no handler of this worker made; go on from it elsewhere."""
        self._until = 0.0
        self._settle(claim, result, None)

    def _sibling(self) -> WakeUp | None:
        """Another step of this execution that is at hand, to be claimed in the transaction that settles this one."""
        return self._share.take(self._execution_id) if monotonic() < self._until else None

    def _run(self, step: Claimed) -> Try:
        worker = self._worker
        around = step.around
        worker.outbox.watch(self._share)
        with worker.leases.held((self._execution_id, step.node_id, step.visit, step.attempt, step.claim)):
            means = services(self._execution_id, step.node_id, step.visit, step.attempt, around, worker.pace)
            return run(step.prepared, around, means, worker.limits)

    def _look(self, wake_up: WakeUp, resumed: bool) -> Claimed | None:
        def move(transaction: Transaction) -> bool:
            if wake_up.node_id is None:
                if transaction.status != ExecutionStatus.PENDING:
                    return False
                transaction.begin()
                return True
            return transaction.take(transaction.locked.step, resumed=resumed)

        return self._transact(wake_up.node_id, wake_up.visit, move)

    def _settle(self, claim: ClaimOf, result: Try, sibling: WakeUp | None) -> Claimed | None:
        """
        Record a result, as soon as Postgres can be asked; who cannot reach it for longer than a lease gives up.

        Recording twice is harmless: the second time finds the claim used.
        """

        def move(transaction: Transaction) -> bool:
            return transaction.record(claim, result)

        step = with_patience(lambda: self._transact(claim.node_id, claim.visit, move, sibling), self._worker.pace.lease)
        return step

    def _transact(
        self, node_id: str | None, visit: int | None, move: Callable[[Transaction], bool], sibling: WakeUp | None = None
    ) -> Claimed | None:
        with driver(self._worker.engine) as connection, connection.cursor() as cursor:
            recall = self._recall or self._open(cursor)
            if recall is None:
                return None
            transaction = self._locked(cursor, recall, node_id, visit)
            if transaction is None:
                return None
            try:
                moved = self._move(transaction, move, sibling)
            except BaseException:
                with suppress(psycopg2.Error):
                    cursor.execute("ROLLBACK")
                raise
        self._hand_on(transaction, sibling)
        return transaction.claimed if moved else None

    def _move(self, transaction: Transaction, move: Callable[[Transaction], bool], sibling: WakeUp | None) -> bool:
        if not move(transaction):
            transaction.cursor.execute("ROLLBACK")
            return False
        transaction.walk_on()
        if sibling is not None and transaction.claimed is None:
            transaction.take_sibling(sibling)
            transaction.walk_on()
        transaction.finish()
        return True

    def _hand_on(self, transaction: Transaction, sibling: WakeUp | None) -> None:
        """What others can do: at hand for this worker first, with a countdown for the broker at once."""
        later = [wake_up for wake_up in transaction.wake_ups if wake_up.countdown]
        now = [wake_up for wake_up in transaction.wake_ups if not wake_up.countdown]
        if sibling is not None and sibling not in transaction.taken:
            now.insert(0, sibling)
        if monotonic() < self._until:
            self._share.add(now)
            self._worker.outbox.put(later)
        else:
            self._worker.outbox.put([*later, *now])

    def _locked(self, cursor: Cursor, recall: Recall, node_id: str | None, visit: int | None) -> Transaction | None:
        locked = statements.lock(cursor, self._execution_id, node_id, visit)
        if locked is None:
            return None
        worker = self._worker
        can_claim = monotonic() < self._until
        return Transaction(cursor, recall, locked, worker.pace, worker.limits, can_claim=can_claim)

    def _open(self, cursor: Cursor) -> Recall | None:
        begun = statements.begun(cursor, self._execution_id)
        if begun is None:
            log.warning("A wake-up names execution %s, which does not exist.", self._execution_id)
            return None

        def load() -> tuple[str, Any]:
            return statements.document_of(cursor, begun.workflow_id, begun.version)

        program = self._worker.programs.get(begun.workflow_id, begun.version, load)
        self._recall = Recall(program, self._execution_id, begun)
        return self._recall


def with_patience(attempt: Callable[[], _T], seconds: float) -> _T:
    """What ``attempt`` answers, tried again while Postgres is gone, for so long."""
    until = monotonic() + seconds
    pause = 0.05
    while True:
        try:
            return attempt()
        except GONE:
            if monotonic() + pause > until:
                raise
            sleep(pause)
            pause = min(pause * 2, 1.0)
