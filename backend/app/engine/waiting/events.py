"""
Matching: events held against the steps that wait for them.

One worker at a time does it, for all events and all steps; whoever finds another one at it leaves the work to that
one. It goes in slices, each a transaction, so that no condition, however slow, keeps others waiting for long.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from time import monotonic
from typing import Any

import psycopg2

from app.engine.attempts.attempt import AttemptResult, failure
from app.engine.config import EngineContext, HandlerLimits
from app.engine.wakeups.message import WakeUp
from app.errors import InvalidRule, RuleFailed
from app.graph.model import Node
from app.storage.database import Cursor, driver
from app.storage.events import event_variables
from app.storage.json_text import JsonText, write_object
from app.storage.waiting import subscriptions
from app.storage.waiting.subscriptions import StoredEvent, Subscription
from app.triggers.correlation import Key, keys_of, rule_of, without_own

log = logging.getLogger(__name__)

#: Seconds of one slice.
SLICE = 1.0
#: Events read at once, and waiting steps: those that an event may fulfil, and those that look back together.
EVENTS = 100
CANDIDATES = 1000
LOOKING = 500


@dataclass(frozen=True)
class PostedEvent:
    """An event as the conditions of waiting steps see it."""

    event: StoredEvent

    @cached_property
    def payload(self) -> Any:
        return without_own(self.event.payload)

    @cached_property
    def beside(self) -> dict[str, Any]:
        event = self.event
        variables = event_variables(
            event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
        )
        return {"$event": variables}

    def keys(self, paths: Iterable[str]) -> set[Key]:
        return keys_of(paths, self.payload, self.beside)

    def fulfils(self, wait: Subscription) -> bool:
        """True where the step goes on with it. Raises RuleFailed, InvalidRule."""
        return self.counts_for(wait) and rule_of(wait.condition).holds(self.payload, extra={**self.beside, **wait.seen})

    def counts_for(self, wait: Subscription) -> bool:
        """True where it came after the step began to wait, by one clock, or in the time that the step looks back."""
        event = self.event
        if event.id in wait.used:
            return False
        if event.accepted_at is None:
            return event.received_at >= wait.since and event.id > wait.start
        if wait.scanned_at is None:
            return event.accepted_at >= wait.created_at and not self.is_ahead_of(wait)
        return event.received_at >= wait.since or event.accepted_at >= wait.created_at

    def is_ahead_of(self, wait: Subscription) -> bool:
        """True where the step will come to it when it looks back: then it may not have it before an earlier one."""
        return self.event.received_at >= wait.since and (wait.reached is None or self.event.id > wait.reached)


@dataclass
class MatchBatch:
    """What events were held against which steps with what result, as long as there is time."""

    #: Waiting step and event.
    matches: list[tuple[str, str]] = field(default_factory=list)
    fulfilled: set[str] = field(default_factory=set)
    until: float = field(default_factory=lambda: monotonic() + SLICE)

    def hold(self, posted: PostedEvent, candidates: Iterable[Subscription]) -> str | None:
        """Hold an event against these steps; answers the last there was time for, None: there was for all of them."""
        gave_up: list[str] = []
        last = None
        for wait in candidates:
            try:
                if wait.id not in self.fulfilled and posted.fulfils(wait):
                    self.fulfilled.add(wait.id)
                    self.matches.append((wait.id, posted.event.id))
            except (RuleFailed, InvalidRule) as error:
                gave_up.append(f"node {wait.node_id} of execution {wait.execution_id}: {error}")
            if monotonic() >= self.until:
                last = wait.id
                break
        if gave_up:
            log.warning("%d waiting steps ignore event %s. First %s", len(gave_up), posted.event.id, gave_up[0])
        return last


@dataclass(frozen=True)
class MatchRun:
    """What one transaction has found, and what it writes once those steps are told."""

    matches: Sequence[tuple[str, str]]
    write: Callable[[], None]


class Matcher:
    """Matches for one process."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context

    def match(self) -> None:
        """Match until nothing is left to be matched, or somebody else does it."""
        with driver(self._context.engine) as connection, connection.cursor() as cursor:
            # Asked again after each round, when the lock is free: who found it taken has left its work to this one.
            while any(left := subscriptions.work_left(cursor)):
                turns = [
                    turn
                    for turn, is_due in zip(
                        (match_earlier_events, match_new_events, match_old_events), left, strict=True
                    )
                    if is_due
                ]
                if not all(self._take(cursor, turn) for turn in turns):
                    return

    def _take(self, cursor: Cursor, find: Callable[[Cursor], MatchRun | None]) -> bool:
        """One transaction; False where somebody else matches."""
        if not subscriptions.lock_matching(cursor):
            return False
        try:
            turn = find(cursor)
            told = subscriptions.resolve(cursor, turn.matches, grace=self._context.config.grace) if turn else []
            if turn:
                turn.write()
            cursor.execute("COMMIT")
        except BaseException:
            with suppress(psycopg2.Error):
                cursor.execute("ROLLBACK")
            raise
        self._context.publisher.put(WakeUp(*step) for step in told)
        return True


# --- events that have come ----------------------------------------------------------------------------------------


def match_new_events(cursor: Cursor) -> MatchRun | None:
    """Hold the events that have come against the steps that wait, in the order of their receipt."""
    events = [PostedEvent(event) for event in subscriptions.unmatched_events(cursor, EVENTS)]
    if not events:
        return None
    paths = subscriptions.list_paths(cursor)
    if events[0].event.reached is None:
        keys = [event.keys(paths) for event in events]
        found = subscriptions.list_candidates(cursor, set().union(*keys), after=None, limit=CANDIDATES + 1)
        if len(found) <= CANDIDATES:
            return _match_all(cursor, events, keys, found)
    return _match_one(cursor, events[0], paths)


def _match_all(
    cursor: Cursor, events: Sequence[PostedEvent], keys: Sequence[set[Key]], found: Sequence[Subscription]
) -> MatchRun:
    """Hold events against all steps that they may fulfil, as far as there is time."""
    held, by_key = MatchBatch(), _by_key(found)
    heard: list[str] = []
    last = None
    for event, own in zip(events, keys, strict=True):
        last = held.hold(event, _candidates(by_key, own))
        if last is not None:
            break
        heard.append(event.event.id)

    def write() -> None:
        subscriptions.mark_matched(cursor, heard)
        if last is not None:
            subscriptions.mark_matched_by(cursor, event.event.id, last)

    return MatchRun(held.matches, write)


def _match_one(cursor: Cursor, event: PostedEvent, paths: Sequence[str]) -> MatchRun:
    """Hold one event against the next of many steps."""
    held = MatchBatch()
    found = subscriptions.list_candidates(cursor, event.keys(paths), after=event.event.reached, limit=CANDIDATES)
    last = held.hold(event, found)
    if last is None and len(found) == CANDIDATES:
        last = found[-1].id

    def write() -> None:
        if last is not None:
            subscriptions.mark_matched_by(cursor, event.event.id, last)
        else:
            subscriptions.mark_matched(cursor, [event.event.id])

    return MatchRun(held.matches, write)


# --- steps that look back -----------------------------------------------------------------------------------------


def match_earlier_events(cursor: Cursor, *, far: bool = False) -> MatchRun | None:
    """Hold the events of before against the steps that look back at them."""
    looking = subscriptions.list_looking_back(cursor, LOOKING, far=far)
    if not looking:
        return None
    # Before any event is read: whose transaction begins after this sees the waiting steps.
    oldest = subscriptions.oldest_transaction(cursor)
    held = MatchBatch()
    stopped = _look_through(cursor, looking, held)
    left = [wait for wait in looking if wait.id not in held.fulfilled]

    def write() -> None:
        if stopped is None:
            subscriptions.mark_scanned(
                cursor, [wait.id for wait in left], done=[wait.id for wait in left if _saw_all(wait, oldest)]
            )
        else:
            subscriptions.mark_scanned_until(cursor, [wait.id for wait in left], stopped.before)
            subscriptions.mark_scanned_until(cursor, [wait.id for wait in left if wait.id <= stopped.wait], stopped.at)

    return MatchRun(held.matches, write)


def _saw_all(wait: Subscription, oldest: datetime | None) -> bool:
    """True where no event can have been committed behind this look; behind one in several slices, some may."""
    if wait.scanned_at is None:
        return oldest is None and wait.reached is None
    return oldest is None or oldest > wait.scanned_at


def match_old_events(cursor: Cursor) -> MatchRun | None:
    """The same for steps that look back for long: they share what time is left."""
    return match_earlier_events(cursor, far=True)


@dataclass(frozen=True)
class OutOfTime:
    """Where there was no time to go on: the event at hand, the one before it, and the last step it was held against."""

    at: str
    before: str
    wait: str


def _look_through(cursor: Cursor, looking: Sequence[Subscription], held: MatchBatch) -> OutOfTime | None:
    """Read events from the first that counts to the newest; None: all of them."""
    by_key = _by_key(looking)
    paths = {path for path, _ in by_key if path}
    before = min(wait.start for wait in looking)
    while True:
        events = subscriptions.events_after(cursor, before, EVENTS)
        for event in map(PostedEvent, events):
            wait = held.hold(event, _candidates(by_key, event.keys(paths)))
            if wait is not None:
                return OutOfTime(event.event.id, before, wait)
            before = event.event.id
        if len(events) < EVENTS or len(held.fulfilled) == len(looking):
            return None
        if monotonic() >= held.until:
            return OutOfTime(before, before, "")


def _by_key(found: Iterable[Subscription]) -> dict[Key, list[Subscription]]:
    by_key: dict[Key, list[Subscription]] = defaultdict(list)
    for wait in found:
        by_key[wait.path, wait.key].append(wait)
    return by_key


def _candidates(by_key: dict[Key, list[Subscription]], keys: Iterable[Key]) -> list[Subscription]:
    """The steps that need one of these values, and those of which that cannot be said; in order."""
    found = [wait for key in [*keys, ("", "")] for wait in by_key.get(key, ())]
    return sorted(found, key=lambda wait: wait.id)


# --- what comes of it ---------------------------------------------------------------------------------------------


def event_result(cursor: Cursor, event: str, node: Node, limits: HandlerLimits) -> AttemptResult:
    """What a step comes to whose event has come."""
    payload = subscriptions.fetch_payload(cursor, event)
    if payload is None:
        return failure("EventGone", f"Event {event}, for which node {node.id} waited, is not kept any more.")
    if len(payload) > limits.max_output_bytes:
        message = f"The event of node {node.id} has {len(payload)} bytes; {limits.max_output_bytes} are allowed."
        return failure("OutputTooLarge", message, may_retry=False)
    return AttemptResult(output=write_object({"event_id": event, "event": JsonText(payload)}))
