"""Wake-ups: which executions to look at, handed from whoever committed to whoever walks next."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

log = logging.getLogger(__name__)

#: Seconds that one handler may take before what waits behind it is given to others.
PATIENCE = 0.02
#: Seconds after which a walker whose handlers are quick, but which has much at hand, gives half of it to others.
FAIRNESS = 0.25
#: Seconds from one message to the next, at least, so that what comes meanwhile can leave together.
PAUSE = 0.004
#: Seconds from one request to match events to the next, at least: one is enough for all that came meanwhile.
MATCH_PAUSE = 0.05
#: Wake-ups in one message, at most.
LARGEST = 16


class WakeUp(NamedTuple):
    """ "Look at this execution": at one node's turn, or (without a node) at whether it has begun."""

    execution_id: str
    node_id: str | None = None
    #: None: the node's newest.
    visit: int | None = None
    #: Seconds from now, where the broker is asked to hold it back; a hint.
    countdown: float | None = None
    #: The queue whose workers may run the step; None: the default one.
    queue: str | None = None


#: Publishes one message; may raise anything the broker raises.
Send = Callable[[list[WakeUp]], Any]


class Share:
    """The wake-ups that one walker has at hand; others take from it what waits too long."""

    def __init__(self, wake_ups: Iterable[WakeUp]) -> None:
        self._waiting = deque(wake_ups)
        self._lock = threading.Lock()
        self._since = time.monotonic()
        self._busy_since = math.inf

    def add(self, wake_ups: Iterable[WakeUp]) -> None:
        with self._lock:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting.extend(wake_ups)

    def take(self, execution_id: str | None = None) -> WakeUp | None:
        """The next one; or None, also where the next one belongs to another execution than asked for."""
        with self._lock:
            if not self._waiting or (execution_id and self._waiting[0].execution_id != execution_id):
                return None
            return self._waiting.popleft()

    def busy(self, busy: bool) -> None:
        """Its walker begins to run a handler, or has done so."""
        self._busy_since = time.monotonic() if busy else math.inf

    def spare(self) -> list[WakeUp]:
        """All of it where one handler takes long, half of it where it has been at hand for long, else nothing."""
        now = time.monotonic()
        with self._lock:
            if now - self._busy_since >= PATIENCE:
                return self._give(len(self._waiting))
            if now - self._since >= FAIRNESS:
                self._since = now
                return self._give(len(self._waiting) // 2)
            return []

    def give_away(self) -> list[WakeUp]:
        with self._lock:
            return self._give(len(self._waiting))

    def _give(self, count: int) -> list[WakeUp]:
        return [self._waiting.pop() for _ in range(count)][::-1]

    def __len__(self) -> int:
        return len(self._waiting)


class Outbox:
    """
    Publishes wake-ups from a thread of its own: whoever committed neither waits for the broker nor fails with it.

    What piles up while one message is on its way leaves together in the next. A wake-up that cannot be published
    is dropped: the timekeeper finds what it was about.
    """

    def __init__(self, send: Send, ask_to_match: Callable[[], Any] = lambda: None) -> None:
        self._send = send
        self._ask_to_match = ask_to_match
        self._waiting: list[WakeUp] = []
        #: True where events and steps that wait for them are to be matched; once is enough, however many there are.
        self._to_match = False
        self._match_not_before = 0.0
        self._sending = False
        self._shares: set[Share] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._complained = 0.0

    def put(self, wake_ups: Iterable[WakeUp]) -> None:
        """Publish soon. Never blocks on the broker, never raises."""
        with self._changed:
            self._waiting.extend(wake_ups)
            if self._waiting:
                self._start()
                self._changed.notify()

    def match(self) -> None:
        """Have somebody match events with the steps that wait for them, soon. Never blocks on the broker, or raises."""
        with self._changed:
            self._to_match = True
            self._start()
            self._changed.notify()

    @contextmanager
    def sharing(self, wake_ups: Iterable[WakeUp]) -> Iterator[Share]:
        """Wake-ups for the caller to work through; what it has not come to in time, others are asked to do."""
        share = Share(wake_ups)
        try:
            yield share
        finally:
            with self._changed:
                self._shares.discard(share)
            self.put(share.give_away())

    @contextmanager
    def watching(self, share: Share) -> Iterator[None]:
        """The caller is busy with a handler: what it has at hand is given away, if that takes too long."""
        share.busy(True)
        if len(share) and share not in self._shares:
            with self._changed:
                self._shares.add(share)
                self._start()
                self._changed.notify()
        try:
            yield
        finally:
            share.busy(False)

    def flush(self, timeout: float = 5.0) -> None:
        """Wait until what was put is sent, or was given up."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._waiting or self._to_match or self._sending), timeout)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            batch, to_match = self._next()
            for message in messages(batch):
                self._publish(partial(self._send, message))
            if to_match:
                self._publish(self._ask_to_match)
            with self._changed:
                self._sending = False
                self._changed.notify_all()
            time.sleep(PAUSE)

    def _next(self) -> tuple[list[WakeUp], bool]:
        with self._changed:
            self._collect()
            while not self._waiting and not self._match_is_due:
                self._changed.wait(PATIENCE if self._shares or self._to_match else None)
                self._collect()
            batch, self._waiting, self._sending = self._waiting, [], True
            to_match = self._match_is_due
            if to_match:
                self._to_match, self._match_not_before = False, time.monotonic() + MATCH_PAUSE
            return batch, to_match

    @property
    def _match_is_due(self) -> bool:
        return self._to_match and time.monotonic() >= self._match_not_before

    def _collect(self) -> None:
        for share in list(self._shares):
            self._waiting.extend(share.spare())
            if not len(share):
                self._shares.discard(share)

    def _publish(self, send: Callable[[], Any]) -> None:
        try:
            send()
        except Exception as error:  # whatever the broker's client raises: the timekeeper makes up for it
            if time.monotonic() - self._complained > 10:
                self._complained = time.monotonic()
                log.warning("A wake-up could not be published; the timekeeper will. (%s)", type(error).__name__)


def messages(wake_ups: list[WakeUp]) -> Iterator[list[WakeUp]]:
    """The wake-ups as few messages, each for one queue."""
    for queue in dict.fromkeys(wake_up.queue for wake_up in wake_ups):
        yield from _messages([wake_up for wake_up in wake_ups if wake_up.queue == queue])


def _messages(wake_ups: list[WakeUp]) -> Iterator[list[WakeUp]]:
    """Each wake-up with a countdown is a message of its own."""
    begin = [wake_up for wake_up in wake_ups if wake_up.node_id is None]
    go_on = [wake_up for wake_up in wake_ups if wake_up.node_id is not None and not wake_up.countdown]
    yield from ([wake_up] for wake_up in wake_ups if wake_up.countdown)
    yield from _in_parts(begin, LARGEST)
    # What forked is known to be work for several: four messages at least.
    yield from _in_parts(go_on, min(LARGEST, max(1, -(-len(go_on) // 4))))


def _in_parts(wake_ups: list[WakeUp], size: int) -> Iterator[list[WakeUp]]:
    for start in range(0, len(wake_ups), size):
        yield wake_ups[start : start + size]
