"""The ways in which a process runs handlers: on its event loop, or on its threads; and how many at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.attempts.event_loop import HandlerLoop
from app.engine.attempts.threads import HandlerThreads
from app.engine.deadlines import Deadlines
from app.engine.registry import Way


@dataclass(frozen=True)
class Runners:
    """What runs the handlers of a process, and how many it runs at once."""

    #: Handlers of all kinds.
    at_once: int = 500
    #: Plain handlers among them.
    plain_at_once: int = 32
    #: Handlers among them that compute. They share one interpreter, so several would only slow each other down.
    computing_at_once: int = 1
    loop: HandlerLoop = field(default_factory=HandlerLoop)
    threads: HandlerThreads = field(default_factory=lambda: HandlerThreads(Deadlines()))


@dataclass
class Room:
    """How many handlers can start now; a transaction takes from it what it claims."""

    #: Handlers that run, and how many may at once.
    running: int = 0
    most: int = 0
    #: Plain handlers that can start.
    plain: int = 0
    #: Handlers that can start and compute.
    computing: int = 1
    #: How many handlers may run until a step that needs isolation is taken; None: none waits for that.
    reserved: int | None = None
    #: The room that this is a part of.
    whole: Room | None = None

    @property
    def left(self) -> int:
        """The number of handlers that can start."""
        return self._own_left if self.whole is None else min(self._own_left, self.whole.left)

    @property
    def _own_left(self) -> int:
        most = self.most if self.reserved is None else min(self.most, self.reserved - 1)
        return most - self.running

    def has(self, way: Way, isolation: int | None = None) -> bool:
        """Return True if a handler can start; ``isolation`` is the number that may run then, itself included."""
        if (way is Way.THREAD and self.plain <= 0) or (way is Way.COMPUTE and self.computing <= 0):
            return False
        left = self._own_left if isolation is None else min(self.most, isolation) - self.running
        return left > 0 and (self.whole is None or self.whole.has(way, isolation))

    def take(self, way: Way, isolation: int | None = None) -> bool:
        """Take the place of one handler; False where there is none."""
        if not self.has(way, isolation):
            return False
        self._take(way, isolation)
        return True

    def _take(self, way: Way, isolation: int | None) -> None:
        self.running += 1
        self.plain -= way is Way.THREAD
        self.computing -= way is Way.COMPUTE
        if isolation is not None:
            self.most = min(self.most, isolation)
        if self.whole is not None:
            self.whole._take(way, isolation)
