"""Turns of the walk: what a process does with the results and wake-ups that are at hand together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import monotonic

from app.engine.attempts.attempt import AttemptResult
from app.engine.attempts.leases import Leases
from app.engine.attempts.runners import Room, Runners
from app.engine.config import EngineContext
from app.engine.registry import Way
from app.engine.wakeups.aftermath import NOTHING, Aftermath
from app.engine.wakeups.message import LARGEST, WakeUp
from app.engine.walk.emitter import Emitter
from app.engine.walk.flights import Flights, claim_of
from app.engine.walk.left import KEEP_FOR, Left
from app.engine.walk.news import Look, News, Result, in_groups, news_by_execution
from app.engine.walk.pending import Pending
from app.engine.walk.postponed import Postponed
from app.engine.walk.retries import Retries
from app.engine.walk.rounds import Outcome, Recorder
from app.engine.walk.transition import ClaimedStep
from app.storage.availability import DISCONNECTED, is_passing, is_unreachable

log = logging.getLogger(__name__)

#: Executions that one transaction holds at most.
EXECUTIONS_AT_ONCE = 32
#: Executions without a result among them: all that a message has. Their pure nodes may take long, so a transaction
#: leaves what it has not come to once ``PURE_SECONDS`` are over.
BEGUN_AT_ONCE = LARGEST
#: Results that one statement records at most.
RESULTS_AT_ONCE = 100
#: Seconds that one round may take for pure nodes.
PURE_SECONDS = 0.1
#: Wake-ups that wait for room at most; as long as there are more, no others are taken.
MAX_LEFT = 32
#: Wake-ups of other executions that a process keeps for itself, so that no message is needed for a few.
KEPT = 16
#: Wake-ups of pure nodes that it keeps; the others are for other processes.
MAX_KEPT = 100
#: Seconds after which an execution that another process holds is tried again: the first time, and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.1
#: Seconds for which a result is kept while Postgres cannot be reached, or takes too long to record it.
MAX_OUTAGE_SECONDS = 3600.0

#: A claimed step whose handler has ended, and its result; None: the event loop was lost.
Arrival = tuple[ClaimedStep, AttemptResult | None]


@dataclass(frozen=True)
class WalkContext(EngineContext):
    """What the walk of a process works with."""

    leases: Leases
    #: Acts on what a commit leaves to be done.
    dispatch: Callable[[Aftermath], None]
    runners: Runners = field(default_factory=Runners)
    #: Tells when the worker is being stopped: then nothing new is begun.
    is_stopping: Callable[[], bool] = lambda: False

    @cached_property
    def emitter(self) -> Emitter:
        return Emitter(self, self.dispatch)


class Turns:
    """
    The turns of the walk of one process, and what it remembers between them. Used by one thread at a time.

    ``arrive`` is called on the thread of a handler with its result. ``pending`` holds the wake-ups at hand, under
    ``changed``.
    """

    def __init__(
        self,
        worker: WalkContext,
        pending: Pending,
        changed: threading.Condition,
        arrive: Callable[[ClaimedStep, AttemptResult | None], None],
    ) -> None:
        self._worker = worker
        self._pending = pending
        self._changed = changed
        self._recorder = Recorder(worker)
        self.flights = Flights(worker, worker.emitter, worker.leases, worker.runners, arrive)
        #: Steps whose handlers ended before this turn.
        self._landed: list[ClaimedStep] = []
        #: What could not be recorded yet: another process holds the execution, or Postgres is away.
        self._again: list[Result | Look] = []
        self._left = Left()
        #: Wake-ups for which there was no time; the next turn begins with them.
        self.postponed = Postponed()
        self._pause = 0.0
        self._retries = Retries()
        self._failing_since: float | None = None

    @property
    def is_held_up(self) -> bool:
        """True while something waits because others hold its execution, or Postgres cannot be reached."""
        return bool(self._again)

    @property
    def is_idle(self) -> bool:
        """True where nothing is left of earlier turns, and no handler runs."""
        return not (self._again or len(self._left) or len(self.postponed) or self.flights.held)

    def can_turn_here(self, step: ClaimedStep, result: AttemptResult | None) -> bool:
        """
        Return True where this result is all that there is to do, on the thread that has ended its handler.

        If that records it, the next handler begins without a change of threads.
        """
        has_more = self._again or len(self._left) or len(self.postponed) or len(self._retries)
        if has_more or result is None or len(self.flights.held) != 1 or self._worker.is_stopping():
            return False
        runners = self._worker.runners
        return runners.threads.is_ending_here or (runners.loop.is_free_here and self._is_quick(step, result))

    def _is_quick(self, step: ClaimedStep, result: AttemptResult) -> bool:
        """
        Return True if no handler will run inside the turn that records this result.

        Pure nodes do not run on the event loop: they may be made for a thread without a loop, and take longer.
        """
        if result.error is not None or result.halted or result.selected_next is not None or step.is_suspect:
            return False
        context = self._recorder.contexts.get(step.context.execution_id)
        node = context.workflow.nodes.get(step.row.node_id) if context is not None else None
        return node is not None and node.leads_to_effect and step.row.compensates is None

    def can_begin(self) -> bool:
        """Return True if wake-ups can be taken: there is time, and room for what they may begin."""
        if not (len(self._left) or len(self.postponed)):
            return self.flights.has_room and not self._worker.is_stopping()
        has_room = self._left.count_apart(self.flights.by_execution) < MAX_LEFT and self._room().left > 0
        return has_room and len(self.postponed) < EXECUTIONS_AT_ONCE

    def _room(self) -> Room:
        return Room() if self._worker.is_stopping() else self.flights.room(self._left.isolation)

    def seconds_to_wait(self) -> float | None:
        """None: until somebody notifies."""
        if self._again:
            return self._pause
        return KEEP_FOR / 10 if len(self._left) or len(self._pending) else None

    def land(self, arrived: list[Arrival]) -> list[Result]:
        """Make room for other handlers; return the results, and give steps back whose event loop was lost."""
        self._landed = [step for step, _ in arrived] + [x.step for x in self._again if isinstance(x, Result)]
        for step, _ in arrived:
            self.flights.land(step)
        lost = [step for step, result in arrived if result is None]
        if lost:
            self.release(lost, is_loss=True)
        return [Result(step, result) for step, result in arrived if result is not None]

    def drop_lost(self) -> None:
        """Renew no lease of a step whose result was neither recorded nor kept."""
        kept = {id(each.step) for each in self._again if isinstance(each, Result)}
        for step in self._landed:
            if id(step) not in kept:
                self.flights.forget(step)

    def turn(self, results: list[Result], looks: list[Look]) -> None:
        again, self._again = self._again, []
        results = [*(each for each in again if isinstance(each, Result)), *results]
        looks = [*self.postponed.take_all(), *(each for each in again if isinstance(each, Look)), *looks]
        looks += self._take_left({result.execution_id for result in results})
        if len(self._retries) and not self._worker.is_stopping():
            results, looks = self._leave_failing(results, looks)
        if self._worker.is_stopping():
            self.publish(look.message() for look in looks)
            looks = []
        left = self._exchange(results)
        if left or looks:
            self._record_all(left, looks)
        self.publish(look.message() for look in self.postponed.take_surplus())
        self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE) if self._again else 0.0
        self._forget_contexts({*(result.execution_id for result in results), *(x.wake_up.execution_id for x in looks)})
        if self.is_idle:
            self.rest()

    def turn_alone(self, result: Result) -> None:
        """The turn of a result that is all there is to do, as ``can_turn_here`` says."""
        self._landed = [result.step]
        self.flights.land(result.step)
        if not self._exchange_alone(result):
            self._record_all([result], [])
        self._pause = FIRST_PAUSE if self._again else 0.0
        self._forget_contexts({result.execution_id})
        if self.is_idle:
            self.rest()

    def _record_all(self, left: list[Result], looks: list[Look]) -> None:
        """Record the news of executions in groups, results first."""
        news, until = news_by_execution(left, looks), monotonic() + PURE_SECONDS
        for group in in_groups({id: each for id, each in news.items() if each.results}, EXECUTIONS_AT_ONCE):
            self._record(group, until)
        for group in in_groups({id: each for id, each in news.items() if not each.results}, BEGUN_AT_ONCE):
            if monotonic() < until:
                self._record(group, until)
            else:
                self.postponed.add(look for each in group.values() for look in each.looks)

    def _leave_failing(self, results: list[Result], looks: list[Look]) -> tuple[list[Result], list[Look]]:
        """Keep the news of executions that failed for later; return the rest."""
        waiting = self._retries.waiting()
        self._again += [x for x in results if x.execution_id in waiting]
        self._again += [x for x in dict.fromkeys(looks) if x.wake_up.execution_id in waiting]
        return (
            [x for x in results if x.execution_id not in waiting],
            [x for x in looks if x.wake_up.execution_id not in waiting],
        )

    def _take_left(self, executions: set[str]) -> list[Look]:
        """Take wake-ups for which there was no room and may be some now; publish those that have waited for long."""
        if not len(self._left):
            return []
        if self._worker.is_stopping():
            return self._left.take_all()
        room = self._room()

        def has_place(look: Look) -> bool:
            if look.computes:
                return room.has(Way.COMPUTE)
            if look.isolation is not None:
                return room.running < look.isolation
            context = self._recorder.contexts.get(look.wake_up.execution_id)
            part = self.flights.room_for(context, room) if context else room
            return look.wake_up.execution_id in executions or (part.left > 0 and min(part.plain, room.plain) > 0)

        taken = self._left.take(has_place)
        self.publish(look.message() for look in self._left.take_old(self.flights.by_execution))
        return taken

    def _exchange(self, results: list[Result]) -> list[Result]:
        """Record what goes straight on; return the results that have to be recorded with a lock."""
        room, left = self._room(), list[Result]()
        while results:
            part, results = results[:RESULTS_AT_ONCE], results[RESULTS_AT_ONCE:]
            try:
                outcome, unwritten, count = self._recorder.exchange(
                    part, lambda result: Room(most=1, plain=1, whole=room)
                )
            except Exception:  # of Postgres, or of the pool
                left += part  # Each is recorded, kept, or refused, for itself.
                self._recorder.forget(result.execution_id for result in part)
                continue
            part, results = part[:count], part[count:] + results
            left += unwritten
            kept = {id(result.step) for result in unwritten}
            self._follow(outcome, [result for result in part if id(result.step) not in kept])
        return left

    def _exchange_alone(self, result: Result) -> bool:
        """Record a result that goes straight on; False where it has to be recorded with a lock."""
        try:
            outcome = self._recorder.exchange_alone(result, self._room())
        except Exception:  # of Postgres, or of the pool
            self._recorder.forget([result.execution_id])
            return False
        if outcome is None:
            return False
        self._follow(outcome, [result])
        return True

    def _record(self, news: dict[str, News], until: float) -> None:
        """
        Record news of executions together; each alone where that fails, and later where Postgres is away.

        An error that passes may be that of one execution, for which a statement takes too long: it is kept alone.
        """
        room = self._room()
        try:
            outcome = self._recorder.record(news, lambda context: self.flights.room_for(context, room), until)
        except Exception as error:
            if self._is_kept(error, news):
                for each in news.values():
                    self._again += [*each.results, *each.looks]
            elif len(news) > 1:
                for id, each in news.items():
                    self._record({id: each}, until)
            else:
                self._give_up(news)
            return
        self._failing_since = None
        if len(self._retries):
            for id in news.keys() - set(outcome.skipped):
                self._retries.succeed(id)
        for id in outcome.skipped:
            self._again += [*news[id].results, *news[id].looks]
        later = {*outcome.skipped, *outcome.alone, *outcome.next}
        self._follow(outcome, [result for id, each in news.items() if id not in later for result in each.results])
        for id in outcome.alone:
            self._record({id: news[id]}, until)
        if outcome.next:
            self._record({id: news[id] for id in outcome.next}, until)

    def _is_kept(self, error: Exception, news: dict[str, News]) -> bool:
        """Return True if the news is to be recorded later: Postgres is away, or takes too long for this execution."""
        if is_unreachable(error):
            self._failing_since = self._failing_since or monotonic()
            return monotonic() - self._failing_since <= MAX_OUTAGE_SECONDS
        if not is_passing(error) or len(news) > 1:
            return False
        (id,) = news
        return self._retries.fail(id, most=MAX_OUTAGE_SECONDS)

    def _give_up(self, news: dict[str, News]) -> None:
        """Leave an execution whose news cannot be recorded: its leases end, and others try, until it is poisoned."""
        for id, each in news.items():
            fields = {"execution": id}
            log.exception("Execution %(execution)s: its news cannot be recorded.", fields, extra=fields)
            for result in each.results:
                self.flights.forget(result.step)

    def _follow(self, outcome: Outcome, recorded: list[Result]) -> None:
        """Act on what was committed: run what was claimed, and hand on what others can do."""
        for result in recorded:
            self.flights.forget(result.step)
        is_late = monotonic() - outcome.since > self._worker.config.lease
        for step in self._confirm(outcome.claimed) if is_late else outcome.claimed:
            self.flights.start(step)
        self._left.add(outcome.left)
        self.postponed.add(outcome.postponed)
        aftermath = outcome.aftermath
        if aftermath is not NOTHING:
            here = [wake_up for wake_up in aftermath.wake_ups if self._keeps(wake_up)][:MAX_KEPT]
            kept = set(here)
            away = tuple(wake_up for wake_up in aftermath.wake_ups if wake_up not in kept)
            with self._changed:
                self._pending.add(Look(wake_up) for wake_up in here)
            self._worker.dispatch(replace(aftermath, wake_ups=away))

    def _confirm(self, steps: list[ClaimedStep]) -> list[ClaimedStep]:
        """Return those steps whose claims hold, where a lease has passed since: the process was frozen, for example."""
        try:
            held = self._worker.leases.confirm(map(claim_of, steps)) if steps else set()
        except DISCONNECTED as error:
            log.warning("%d steps are not begun (%s); their leases end.", len(steps), type(error).__name__)
            return []
        return [step for step in steps if claim_of(step) in held]

    def _keeps(self, wake_up: WakeUp) -> bool:
        """
        Return True for a wake-up that needs no message: of a pure node, and a few others.

        A step that is READY because there was no room is for others.
        """
        if wake_up.countdown or self._worker.is_stopping() or not self._worker.config.consumes(wake_up.queue):
            return False
        context = self._recorder.contexts.get(wake_up.execution_id)
        if context is None:
            return len(self._pending) < KEPT
        node = context.workflow.nodes.get(wake_up.node_id or "")
        return node is not None and node.pure

    def rest(self) -> None:
        """Keep nothing that others may need, until the next turn."""
        self._recorder.connection.give_back()

    def publish(self, wake_ups: Iterable[WakeUp]) -> None:
        found = tuple(wake_ups)
        if found:
            self._worker.dispatch(Aftermath(wake_ups=found))

    def release(self, steps: list[ClaimedStep], *, is_loss: bool) -> None:
        """Give steps back whose handlers have not ended."""
        if not steps:
            return
        queue_of, grace = self._worker.config.queue_of, self._worker.config.grace
        try:
            released = self._worker.leases.release(map(claim_of, steps), grace=grace, is_loss=is_loss)
        except DISCONNECTED as error:
            log.warning("%d steps are not given back (%s); their leases end.", len(steps), type(error).__name__)
            released = []
        for step in steps:
            self.flights.forget(step)
        self.publish(
            WakeUp(each.execution_id, each.node_id, each.visit, None, queue_of(each.type)) for each in released
        )

    def _forget_contexts(self, executions: set[str]) -> None:
        """Forget executions of which nothing is at hand."""
        executions = {id for id in executions if id not in self.flights.by_execution}
        if not executions:
            return
        kept = {each.execution_id if isinstance(each, Result) else each.wake_up.execution_id for each in self._again}
        kept |= self._left.executions | self.postponed.executions
        with self._changed:
            gone = [id for id in executions - kept if id not in self._pending]
        self._recorder.forget(gone)
