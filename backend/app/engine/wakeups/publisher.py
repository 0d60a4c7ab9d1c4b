"""The thread that publishes wake-ups after the commit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from app.engine.wakeups.local_queue import BUSY_TIMEOUT, LocalQueue
from app.engine.wakeups.message import WakeUp, pack_messages

log = logging.getLogger(__name__)


#: Seconds from one message to the next, at least, so that what comes meanwhile can leave together.
PAUSE = 0.004


#: Seconds from one request to match events to the next, at least: one is enough for all that came meanwhile.
MATCH_PAUSE = 0.05


#: Publishes one message; may raise anything the broker raises.
Send = Callable[[list[WakeUp]], Any]


class Publisher:
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
        self._queues: set[LocalQueue] = set()
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
    def sharing(self, wake_ups: Iterable[WakeUp]) -> Iterator[LocalQueue]:
        """Wake-ups for the caller to work through; what it has not come to in time, others are asked to do."""
        queue = LocalQueue(wake_ups)
        try:
            yield queue
        finally:
            with self._changed:
                self._queues.discard(queue)
            self.put(queue.give_away())

    @contextmanager
    def watching(self, queue: LocalQueue) -> Iterator[None]:
        """The caller is busy with a handler: what it has at hand is given away, if that takes too long."""
        queue.busy(True)
        if len(queue) and queue not in self._queues:
            with self._changed:
                self._queues.add(queue)
                self._start()
                self._changed.notify()
        try:
            yield
        finally:
            queue.busy(False)

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
            for message in pack_messages(batch):
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
                self._changed.wait(BUSY_TIMEOUT if self._queues or self._to_match else None)
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
        for queue in list(self._queues):
            self._waiting.extend(queue.spare())
            if not len(queue):
                self._queues.discard(queue)

    def _publish(self, send: Callable[[], Any]) -> None:
        try:
            send()
        except Exception as error:  # whatever the broker's client raises: the timekeeper makes up for it
            if time.monotonic() - self._complained > 10:
                self._complained = time.monotonic()
                log.warning("A wake-up could not be published; the timekeeper will. (%s)", type(error).__name__)
