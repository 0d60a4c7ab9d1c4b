"""
Match events with the subscriptions of waiting steps.

One worker at a time matches, for all events and all steps; a worker that finds another one matching leaves the work to
it. Each run is a transaction of limited time and memory, so that slow conditions and large events do not block others.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from time import monotonic
from typing import Any

from app.engine.attempts.attempt import AttemptResult, failure
from app.engine.config import EngineContext, HandlerLimits
from app.engine.wakeups.message import WakeUp
from app.errors import InvalidRule, RuleFailed
from app.graph.engine_events import is_engine_type
from app.graph.model import Node
from app.storage.database import Cursor, commit, driver
from app.storage.events import event_variables
from app.storage.json_text import JsonText, write_object
from app.storage.waiting import subscriptions
from app.storage.waiting.subscriptions import StoredEvent, Subscription
from app.triggers.correlation import Key, keys_of, rule_of, without_own

log = logging.getLogger(__name__)

#: Seconds that one transaction may spend on conditions.
MAX_SECONDS = 1.0
#: Seconds of it for subscriptions that scan far back, so that they hold up new events only a little.
FAR_SECONDS = 0.25
#: Seconds after which matching is left to another message: what is behind this one in the queue has its turn.
SHIFT_SECONDS = 2.0
#: Rows read at once: events, subscriptions that an event may resolve, and subscriptions that scan together.
EVENTS = 100
CANDIDATES = 1000
SCANNING = 500
#: Bytes of JSON text read at once, of payloads and of variables each; one row is read however large it is.
MAX_BYTES = 16_000_000


@dataclass(frozen=True)
class PostedEvent:
    """An event as conditions see it."""

    event: StoredEvent

    @cached_property
    def payload(self) -> Any:
        return without_own(self.event.payload)

    @cached_property
    def variables(self) -> dict[str, Any]:
        event = self.event
        variables = event_variables(
            event.id, event.external_id, event.type, event.source, event.time, event.attributes, event.received_at
        )
        return {"$event": variables}

    def keys(self, paths: Iterable[str]) -> set[Key]:
        return keys_of(paths, self.payload, self.variables)

    def fulfils(self, wait: Subscription) -> bool:
        """Return True if the event resolves the subscription. Raises RuleFailed, InvalidRule."""
        extra = {**self.variables, **wait.seen}
        return self.counts_for(wait) and rule_of(wait.condition).holds(self.payload, extra=extra)

    def counts_for(self, wait: Subscription) -> bool:
        """Return True if it came after the step began to wait, or within ``lookback``, and is not of the engine."""
        event = self.event
        if event.id in wait.used or is_engine_type(event.type):
            return False
        if event.accepted_at is None:
            return event.received_at >= wait.since and event.id > wait.start
        if wait.scanned_at is None:
            return event.accepted_at >= wait.created_at and not self.is_ahead_of(wait)
        return event.received_at >= wait.since or event.accepted_at >= wait.created_at

    def is_ahead_of(self, wait: Subscription) -> bool:
        """Return True if a scan will reach the event: until then an earlier event may win."""
        return self.event.received_at >= wait.since and (wait.reached is None or self.event.id > wait.reached)


@dataclass
class MatchBatch:
    """Events matched with subscriptions, as long as there is time."""

    #: Ids of subscription and event.
    matches: list[tuple[str, str]] = field(default_factory=list)
    fulfilled: set[str] = field(default_factory=set)
    until: float = field(default_factory=lambda: monotonic() + MAX_SECONDS)

    def match(self, posted: PostedEvent, candidates: Iterable[Subscription]) -> str | None:
        """Match an event; return the id of the last candidate before time ran out, or None if all were checked."""
        failed: list[Subscription] = []
        first: Exception | None = None
        last = None
        for wait in candidates:
            try:
                if wait.id not in self.fulfilled and posted.fulfils(wait):
                    self.fulfilled.add(wait.id)
                    self.matches.append((wait.id, posted.event.id))
            except (RuleFailed, InvalidRule) as error:
                failed.append(wait)
                first = first or error
            if monotonic() >= self.until:
                last = wait.id
                break
        if failed:
            _log_failed_conditions(posted.event.id, failed, first)
        return last


def _log_failed_conditions(event: str, failed: Sequence[Subscription], error: Exception | None) -> None:
    fields = {"event": event, "execution": failed[0].execution_id, "node": failed[0].node_id, "failed": len(failed)}
    log.warning(
        "Event %(event)s: condition failed for %(failed)d waiting steps; first: execution %(execution)s, node %(node)s:"
        " %(error)s",
        {**fields, "error": error},
        extra=fields,
    )


@dataclass(frozen=True)
class MatchRun:
    """The matches of one transaction, and what it writes after their signals."""

    matches: Sequence[tuple[str, str]]
    write: Callable[[], None]


class Matcher:
    """Matches events for one process."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context

    def match(self) -> None:
        """Match until nothing is left, another worker matches, or it has taken long; then ask for the rest."""
        until = monotonic() + SHIFT_SECONDS
        with driver(self._context.engine) as connection, connection.cursor() as cursor:
            # Asked again after each run, when the lock is free: a worker that found it taken has left its work to us.
            while any(left := subscriptions.work_left(cursor)):
                finders = (match_earlier_events, match_new_events, match_old_events)
                due = [find for find, is_due in zip(finders, left, strict=True) if is_due]
                if not all(self._run(cursor, find) for find in due):
                    return
                if monotonic() >= until:
                    self._context.publisher.match()
                    return

    def _run(self, cursor: Cursor, find: Callable[[Cursor], MatchRun | None]) -> bool:
        """Match in one transaction; False if another worker matches."""
        if not subscriptions.lock_matching(cursor):
            return False
        run = find(cursor)
        resolved = subscriptions.resolve(cursor, run.matches, grace=self._context.config.grace) if run else []
        if run:
            run.write()
        commit(cursor)
        self._context.publisher.put(WakeUp(*step) for step in resolved)
        return True


# --- new events ---------------------------------------------------------------------------------------------------


def match_new_events(cursor: Cursor) -> MatchRun | None:
    """Match new events, in the order of their receipt."""
    events = [PostedEvent(event) for event in subscriptions.unmatched_events(cursor, EVENTS, most=MAX_BYTES)]
    if not events:
        return None
    paths = subscriptions.list_paths(cursor)
    if events[0].event.reached is None:
        keys = [event.keys(paths) for event in events]
        wanted = set[Key]().union(*keys)
        found, is_all = subscriptions.list_candidates(cursor, wanted, after=None, limit=CANDIDATES + 1, most=MAX_BYTES)
        if is_all and len(found) <= CANDIDATES:
            return _match_all(cursor, events, keys, found)
    return _match_one(cursor, events[0], paths)


def _match_all(
    cursor: Cursor, events: Sequence[PostedEvent], keys: Sequence[set[Key]], found: Sequence[Subscription]
) -> MatchRun:
    """Match events with all subscriptions that they may resolve, as far as there is time."""
    batch, by_key = MatchBatch(), _by_key(found)
    matched: list[str] = []
    last = None
    for event, own in zip(events, keys, strict=True):
        last = batch.match(event, _candidates(by_key, own))
        if last is not None:
            break
        matched.append(event.event.id)

    def write() -> None:
        subscriptions.mark_matched(cursor, matched)
        if last is not None:
            subscriptions.mark_matched_by(cursor, event.event.id, last)

    return MatchRun(batch.matches, write)


def _match_one(cursor: Cursor, event: PostedEvent, paths: Sequence[str]) -> MatchRun:
    """Match one event with the next of many subscriptions."""
    batch = MatchBatch()
    found, is_all = subscriptions.list_candidates(
        cursor, event.keys(paths), after=event.event.reached, limit=CANDIDATES, most=MAX_BYTES
    )
    last = batch.match(event, found)
    if last is None and found and (not is_all or len(found) == CANDIDATES):
        last = found[-1].id

    def write() -> None:
        if last is not None:
            subscriptions.mark_matched_by(cursor, event.event.id, last)
        else:
            subscriptions.mark_matched(cursor, [event.event.id])

    return MatchRun(batch.matches, write)


# --- earlier events -----------------------------------------------------------------------------------------------


def match_earlier_events(cursor: Cursor, *, far: bool = False) -> MatchRun | None:
    """Match earlier events with the subscriptions that scan for them."""
    looking = subscriptions.list_looking_back(cursor, SCANNING, far=far, most=MAX_BYTES)
    if not looking:
        return None
    # Before any event is read: a transaction that begins after this sees the subscriptions.
    oldest = subscriptions.oldest_transaction(cursor)
    batch = MatchBatch(until=monotonic() + (FAR_SECONDS if far else MAX_SECONDS))
    stopped = _scan_events(cursor, looking, batch)
    left = [wait for wait in looking if wait.id not in batch.fulfilled]

    def write() -> None:
        if stopped is None:
            subscriptions.mark_scanned(
                cursor, [wait.id for wait in left], done=[wait.id for wait in left if _saw_all(wait, oldest)]
            )
        else:
            subscriptions.mark_scanned_until(cursor, [wait.id for wait in left], stopped.before)
            subscriptions.mark_scanned_until(cursor, [wait.id for wait in left if wait.id <= stopped.wait], stopped.at)

    return MatchRun(batch.matches, write)


def _saw_all(wait: Subscription, oldest: datetime | None) -> bool:
    """Return True if no event can have been committed behind this scan; behind one of several runs, some may."""
    if wait.scanned_at is None:
        return oldest is None and wait.reached is None
    return oldest is None or oldest > wait.scanned_at


def match_old_events(cursor: Cursor) -> MatchRun | None:
    """Match earlier events with subscriptions that scan far back, which share the time that is left."""
    return match_earlier_events(cursor, far=True)


@dataclass(frozen=True)
class OutOfTime:
    """Where time ran out: the event at hand, the one before it, and the last subscription it was matched with."""

    at: str
    before: str
    wait: str


def _scan_events(cursor: Cursor, looking: Sequence[Subscription], batch: MatchBatch) -> OutOfTime | None:
    """Match events from the first that counts to the newest; None if there was time for all."""
    by_key = _by_key(looking)
    paths = {path for path, _ in by_key if path}
    before = min(wait.start for wait in looking)
    while True:
        events, is_all = subscriptions.events_after(cursor, before, EVENTS, most=MAX_BYTES)
        for event in map(PostedEvent, events):
            wait = batch.match(event, _candidates(by_key, event.keys(paths)))
            if wait is not None:
                return OutOfTime(event.event.id, before, wait)
            before = event.event.id
        if is_all or len(batch.fulfilled) == len(looking):
            return None
        if monotonic() >= batch.until:
            return OutOfTime(before, before, "")


def _by_key(found: Iterable[Subscription]) -> dict[Key, list[Subscription]]:
    by_key: dict[Key, list[Subscription]] = defaultdict(list)
    for wait in found:
        by_key[wait.path, wait.key].append(wait)
    return by_key


def _candidates(by_key: dict[Key, list[Subscription]], keys: Iterable[Key]) -> list[Subscription]:
    """Return subscriptions with one of these correlation values, or without any, by id."""
    found = [wait for key in [*keys, ("", "")] for wait in by_key.get(key, ())]
    return sorted(found, key=lambda wait: wait.id)


# --- results ------------------------------------------------------------------------------------------------------


def event_result(cursor: Cursor, event: str, node: Node, limits: HandlerLimits) -> AttemptResult:
    """Return the result of a step whose event was matched."""
    payload = subscriptions.fetch_payload(cursor, event)
    if payload is None:
        return failure("EventGone", f"Event {event}, which node {node.id} waited for, is not stored any more.")
    if len(payload) > limits.max_output_bytes:
        message = f"The event of node {node.id} has {len(payload)} bytes; {limits.max_output_bytes} are allowed."
        return failure("OutputTooLarge", message, may_retry=False)
    return AttemptResult(output=write_object({"event_id": event, "event": JsonText(payload)}))
