"""How far the broker's queues are consumed, as far as the timekeeper's statements need to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

#: Seconds after which a step of an execution that is paused or queued is checked again; resuming it checks it at once.
SUSPENDED_CHECK = 300.0
#: Seconds between two checks of something whose wake-up was published again, at most.
MAX_INTERVAL = 30.0
#: The same where its wake-up may still be in a queue.
MAX_QUEUED_INTERVAL = 600.0


@dataclass(frozen=True)
class QueueProgress:
    """
    The times before which every published wake-up has left its queue, by Postgres' clock in seconds since 1970.

    Minus infinity: not known, so no wake-up counts as lost.
    """

    default: float = -inf
    #: For the node types that have a queue of their own.
    by_type: Mapping[str, float] = field(default_factory=dict)

    def values(self, grace: float) -> dict[str, Any]:
        """The parameters of a statement; half of ``grace`` is allowed between a commit and its message."""
        return {
            "consumed": self.default - grace / 2,
            "types": list(self.by_type),
            "types_consumed": [consumed - grace / 2 for consumed in self.by_type.values()],
            "grace": grace,
            "suspended_check": SUSPENDED_CHECK,
            "max_interval": MAX_INTERVAL,
            "max_queued_interval": MAX_QUEUED_INTERVAL,
        }
