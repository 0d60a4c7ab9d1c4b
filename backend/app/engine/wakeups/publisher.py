"""The thread that publishes wake-ups after the commit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Any

from app.engine.wakeups.message import LARGEST, WakeUp, pack_messages

log = logging.getLogger(__name__)

#: Seconds between two messages at least, so that wake-ups that arrive in between share a message; where they arrive
#: faster than that; and where they arrive so fast that a message is half full: a message costs a worker as much time as
#: several steps.
PAUSE, BUSY_PAUSE, LONGEST_PAUSE = 0.004, 0.012, 0.02
#: Seconds between two requests to match events, or to deliver them, at least: one covers all that arrived before it.
MATCH_PAUSE = 0.05
#: Wake-ups that may wait to be published; further ones are dropped, and the timekeeper publishes them.
MAX_WAITING = 10_000
#: Messages about backtests that may wait to be published.
MAX_BACKTESTS = 32
#: Seconds after a failure during which nothing is published: each attempt could take as long as the client's timeout.
RETRY_AFTER = 2.0
#: Seconds between two warnings about the same outage.
WARN_EVERY = 30.0

#: Publishes one message; may raise anything the broker's client raises.
Send = Callable[[list[WakeUp]], Any]


class Publisher:
    """
    Publishes wake-ups from a thread of its own: the code that committed neither waits for the broker nor fails with it.

    Wake-ups that arrive while a message is being sent share the next one. A wake-up that cannot be published is
    dropped: the timekeeper finds the step or execution and publishes it again. After a failure everything is dropped
    for ``RETRY_AFTER`` seconds, so an unreachable broker costs one attempt per period and no memory.
    """

    def __init__(
        self,
        send: Send,
        ask_to_match: Callable[[], Any] = lambda: None,
        ask_to_backtest: Callable[[], Any] = lambda: None,
        ask_to_deliver: Callable[[], Any] = lambda: None,
    ) -> None:
        self._send = send
        self._ask_to_match = ask_to_match
        self._ask_to_backtest = ask_to_backtest
        self._ask_to_deliver = ask_to_deliver
        #: Messages to publish that ask workers to go on with backtests.
        self._backtests = 0
        self._waiting: list[WakeUp] = []
        #: True while events and subscriptions are to be matched; one request is enough for any number of events.
        self._to_match = False
        self._match_not_before = 0.0
        #: True while events of the engine are to be posted or delivered; one request is enough for any number.
        self._to_deliver = False
        self._deliver_not_before = 0.0
        self._sending = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._retry_at = 0.0
        self._failing = False
        self._dropped = 0
        self._warn_at = 0.0

    @property
    def is_failing(self) -> bool:
        """True from a failed attempt to publish until the next one that succeeds."""
        return self._failing

    def put(self, wake_ups: Iterable[WakeUp]) -> None:
        """Publish soon. Never blocks on the broker, never raises."""
        found = list(wake_ups)
        with self._changed:
            self._accept(found)
            if self._waiting:
                self._start()
                self._changed.notify()

    def match(self) -> None:
        """Have a worker match events with subscriptions soon. Never blocks on the broker, never raises."""
        with self._changed:
            self._to_match = True
            self._start()
            self._changed.notify()

    def deliver(self) -> None:
        """Have a worker post and deliver events of the engine soon. Never blocks on the broker, never raises."""
        with self._changed:
            self._to_deliver = True
            self._start()
            self._changed.notify()

    def backtest(self, messages: int = 1) -> None:
        """Have that many workers go on with backtests soon. Never blocks on the broker, never raises."""
        with self._changed:
            self._backtests = min(self._backtests + messages, MAX_BACKTESTS)
            self._start()
            self._changed.notify()

    def flush(self, timeout: float = 5.0) -> None:
        """Wait until everything that was put is published or dropped, for ``timeout`` seconds at most."""
        with self._changed:
            self._changed.wait_for(
                lambda: not (self._waiting or self._to_match or self._to_deliver or self._backtests or self._sending),
                timeout,
            )

    def _accept(self, wake_ups: list[WakeUp]) -> None:
        room = MAX_WAITING - len(self._waiting)
        self._waiting.extend(islice(wake_ups, max(room, 0)))
        self._dropped += max(len(wake_ups) - room, 0)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            batch, to_match, to_deliver, backtests = self._next()
            for message in pack_messages(batch):
                self._publish(partial(self._send, message), len(message))
            if to_match:
                self._publish(self._ask_to_match, 1)
            if to_deliver:
                self._publish(self._ask_to_deliver, 1)
            for _ in range(backtests):
                self._publish(self._ask_to_backtest, 1)
            with self._changed:
                self._sending = False
                self._changed.notify_all()
            time.sleep(pause_after(len(batch)))

    def _next(self) -> tuple[list[WakeUp], bool, bool, int]:
        with self._changed:
            while not (self._waiting or self._backtests or self._match_is_due or self._delivery_is_due):
                self._changed.wait(MATCH_PAUSE / 2 if self._to_match or self._to_deliver else None)
            batch, self._waiting, self._sending = self._waiting, [], True
            backtests, self._backtests = self._backtests, 0
            to_match = self._match_is_due
            if to_match:
                self._to_match, self._match_not_before = False, time.monotonic() + MATCH_PAUSE
            to_deliver = self._delivery_is_due
            if to_deliver:
                self._to_deliver, self._deliver_not_before = False, time.monotonic() + MATCH_PAUSE
            return batch, to_match, to_deliver, backtests

    @property
    def _match_is_due(self) -> bool:
        return self._to_match and time.monotonic() >= self._match_not_before

    @property
    def _delivery_is_due(self) -> bool:
        return self._to_deliver and time.monotonic() >= self._deliver_not_before

    def _publish(self, send: Callable[[], Any], wake_ups: int) -> None:
        if time.monotonic() < self._retry_at:
            self._dropped += wake_ups
            return
        try:
            send()
        except Exception as error:  # the broker's client raises errors of several libraries
            self._dropped += wake_ups
            self._retry_at = time.monotonic() + RETRY_AFTER
            self._failing = True
            self._warn(error)
        else:
            self._recover()

    def _warn(self, error: Exception) -> None:
        if time.monotonic() < self._warn_at:
            return
        self._warn_at = time.monotonic() + WARN_EVERY
        log.warning(
            "Wake-ups are not published: the broker is unavailable (%s). %d were dropped so far; the timekeeper"
            " publishes them once the broker answers. Check REDIS_URL and the Redis server.",
            type(error).__name__,
            self._dropped,
        )

    def _recover(self) -> None:
        if self._failing:
            log.info("The broker answers again; %d wake-ups were dropped meanwhile.", self._dropped)
            self._failing, self._dropped, self._warn_at = False, 0, 0.0


def pause_after(wake_ups: int) -> float:
    """Seconds until the next message, after one round of that many wake-ups."""
    if wake_ups >= LARGEST // 2:
        return LONGEST_PAUSE
    return BUSY_PAUSE if wake_ups > 1 else PAUSE
