"""The wake-ups that a process has at hand and has not acted on."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from app.engine.walk.news import Look

#: Wake-ups of one execution that are taken together.
WAKE_UPS_AT_ONCE = 100


@dataclass
class Offer:
    """Wake-ups of one message; whoever brought it waits until they are taken up."""

    #: Those that are not taken up.
    looks: list[Look]
    taken: threading.Event = field(default_factory=threading.Event)


class Pending:
    """
    Wake-ups by execution, taken in the order in which executions came: none waits behind another's many wake-ups.

    Its methods are called under the lock of the walker.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[Look, Offer | None]]] = {}

    def __len__(self) -> int:
        """The number of executions."""
        return len(self._waiting)

    def __contains__(self, execution_id: str) -> bool:
        return execution_id in self._waiting

    def add(self, looks: Iterable[Look], offer: Offer | None = None) -> None:
        for look in looks:
            self._waiting.setdefault(look.wake_up.execution_id, []).append((look, offer))

    def take(self, executions: int) -> list[Look]:
        """Take wake-ups of so many executions, ``WAKE_UPS_AT_ONCE`` of each at most."""
        taken = []
        for id in list(islice(self._waiting, executions)):
            waiting = self._waiting.pop(id)
            if len(waiting) > WAKE_UPS_AT_ONCE:
                self._waiting[id] = waiting[WAKE_UPS_AT_ONCE:]
            for look, offer in waiting[:WAKE_UPS_AT_ONCE]:
                taken.append(look)
                if offer is not None:
                    _count_down(offer, look)
        return taken

    def take_back(self, offer: Offer) -> Sequence[Look]:
        """Take back what is left of an offer."""
        for look in offer.looks:
            id = look.wake_up.execution_id
            rest = [(each, other) for each, other in self._waiting.get(id, ()) if other is not offer]
            if rest:
                self._waiting[id] = rest
            else:
                self._waiting.pop(id, None)
        left, offer.looks = offer.looks, []
        return left


def _count_down(offer: Offer, look: Look) -> None:
    offer.looks.remove(look)
    if not offer.looks:
        offer.taken.set()
