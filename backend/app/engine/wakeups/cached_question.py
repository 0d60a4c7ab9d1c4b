"""Questions to a server that may be silent, asked in a thread of their own so that no caller waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

#: Seconds for which an answer is used before the broker is asked again.
MAX_AGE = 1.0
#: Seconds after which an answer that could not be renewed is not used any more.
EXPIRES_AFTER = 5.0

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass
class CachedQuestion(Generic[Key, Answer]):
    """
    Asks a server that may be silent, one question at a time, in a thread that is started when first needed.

    ``get`` returns the newest answer and never waits; ``wait`` waits for a fresh one, at most ``timeout`` seconds.
    """

    #: Asks the server; whatever it raises means that there is no answer.
    ask: Callable[[Key], Answer]
    name: str
    max_age: float = MAX_AGE
    expires_after: float = EXPIRES_AFTER
    _answers: dict[Key, tuple[float, Answer]] = field(default_factory=dict)
    _wanted: dict[Key, None] = field(default_factory=dict)
    _asking: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def get(self, key: Key) -> Answer | None:
        """The newest answer, at most ``expires_after`` seconds old; None where there is none (yet)."""
        with self._changed:
            if self._age(key) > self.max_age:
                self._want(key)
            return self._answers[key][1] if self._age(key) <= self.expires_after else None

    def wait(self, key: Key, timeout: float) -> Answer | None:
        """An answer that is at most ``max_age`` seconds old; None where none comes within ``timeout`` seconds."""
        with self._changed:
            if self._age(key) > self.max_age:
                self._want(key)
            self._changed.wait_for(lambda: self._age(key) <= self.max_age or key not in self._wanted, timeout)
            return self._answers[key][1] if self._age(key) <= self.max_age else None

    def _age(self, key: Key) -> float:
        answered_at = self._answers[key][0] if key in self._answers else float("-inf")
        return time.monotonic() - answered_at

    def _want(self, key: Key) -> None:
        self._wanted[key] = None
        if not self._asking:
            self._asking = True
            threading.Thread(target=self._run, name=self.name, daemon=True).start()

    def _run(self) -> None:
        while (key := self._next()) is not None:
            try:
                answer = self.ask(key[0])
            except Exception as error:  # the broker's client raises errors of several libraries
                log.debug("%s: no answer (%s).", self.name, type(error).__name__)
                self._finish(key[0], None)
            else:
                self._finish(key[0], (time.monotonic(), answer))

    def _next(self) -> tuple[Key] | None:
        with self._changed:
            for key in self._wanted:
                return (key,)
            self._asking = False
            return None

    def _finish(self, key: Key, answer: tuple[float, Answer] | None) -> None:
        with self._changed:
            self._wanted.pop(key, None)
            if answer is not None:
                self._answers[key] = answer
            self._changed.notify_all()
