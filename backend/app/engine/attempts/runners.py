"""The ways in which a process runs handlers: on its event loop, or on its threads; and how many at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from app.engine.attempts.event_loop import HandlerLoop
from app.engine.attempts.threads import HandlerThreads
from app.engine.registry import Way


@dataclass(frozen=True)
class Runners:
    """What runs the handlers of a process, and how many it runs at once."""

    #: Handlers of all kinds.
    at_once: int = 200
    #: Plain handlers among them.
    plain_at_once: int = 32
    loop: HandlerLoop = field(default_factory=HandlerLoop)
    threads: HandlerThreads = field(default_factory=HandlerThreads)


@dataclass
class Room:
    """How many handlers can start now; a transaction takes from it what it claims."""

    left: int = 0
    #: Plain handlers among them.
    plain: int = 0
    #: The room that this is a part of.
    whole: Room | None = None

    def has(self, way: Way) -> bool:
        is_here = self.left > 0 and (way is Way.LOOP or self.plain > 0)
        return is_here and (self.whole is None or self.whole.has(way))

    def take(self, way: Way) -> bool:
        """Take the place of one handler; False where there is none."""
        if not self.has(way):
            return False
        self.left -= 1
        self.plain -= way is Way.THREAD
        if self.whole is not None:
            self.whole.take(way)
        return True


def room_of(runners: Runners, running: Counter[Way], *, share: float = 1.0) -> Room:
    """Return the room beside the handlers that run; ``share`` of it where one execution may not have all."""
    most, plain = max(1, int(runners.at_once * share)), max(1, int(runners.plain_at_once * share))
    return Room(most - running.total(), plain - running[Way.THREAD])
