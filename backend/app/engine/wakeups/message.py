"""A wake-up, and how wake-ups are packed into messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from operator import itemgetter
from time import monotonic
from typing import NamedTuple

#: Wake-ups in one message, at most.
LARGEST = 32
#: Wake-ups of READY steps of one execution from which on they are replaced.
MANY = 16
#: Wake-ups of a whole execution that replace those of its many steps.
PARTS = 4
#: Seconds of the countdown of a message that resumes a step at once.
RESUME_IN = 0.001
#: Seconds by which countdowns of one message may differ: it comes when the last of them is over.
TOGETHER = 0.003
#: The header of a message in which its time of publication is kept: seconds since 1970 by Postgres' clock.
PUBLISHED_AT = "trigraph_published_at"


class WakeUp(NamedTuple):
    """A request to walk an execution: from one node's step, or (without a node) from its beginning."""

    execution_id: str
    node_id: str | None = None
    #: None: the node's newest.
    visit: int | None = None
    #: Seconds for which the broker is asked to hold it back; a hint.
    countdown: float | None = None
    #: The queue whose workers may run the step; None: the default one.
    queue: str | None = None
    #: When the countdown began, by the monotonic clock of this process; None: it begins when it is published.
    since: float | None = None

    def seconds_left(self, now: float) -> float | None:
        """Seconds of the countdown that are left, by the monotonic clock; None where it has none, or it is over."""
        if not self.countdown:
            return None
        left = self.countdown - (0.0 if self.since is None else now - self.since)
        return left if left > 0 else None


def longest_countdown(wake_ups: list[WakeUp]) -> float | None:
    """Seconds for which a message of these wake-ups is to be held back from now on; None: not at all."""
    now = monotonic()
    return max(filter(None, (wake_up.seconds_left(now) for wake_up in wake_ups)), default=None)


def fold(wake_ups: list[WakeUp]) -> list[WakeUp]:
    """
    Replace many wake-ups of READY steps of one execution in one queue by ``PARTS`` for the whole execution.

    Each of these has a worker take the READY steps for which it has room, and leaves one wake-up for the others: an
    execution with 10,000 paths does not fill the queue.
    """
    steps = Counter((each.execution_id, each.queue) for each in wake_ups)
    many = {key for key, count in steps.items() if count > MANY}
    left = [each for each in wake_ups if (each.execution_id, each.queue) not in many]
    return left + [WakeUp(id, queue=queue) for id, queue in sorted(many, key=str) for _ in range(PARTS)]


def pack_messages(wake_ups: list[WakeUp]) -> Iterator[list[WakeUp]]:
    """Pack the wake-ups into few messages, each for one queue."""
    for queue in dict.fromkeys(wake_up.queue for wake_up in wake_ups):
        yield from _pack_queue([wake_up for wake_up in wake_ups if wake_up.queue == queue])


def _pack_queue(wake_ups: list[WakeUp]) -> Iterator[list[WakeUp]]:
    begin = [wake_up for wake_up in wake_ups if wake_up.node_id is None]
    go_on = [wake_up for wake_up in wake_ups if wake_up.node_id is not None and not wake_up.countdown]
    yield from _pack_countdowns([wake_up for wake_up in wake_ups if wake_up.countdown])
    yield from _in_parts(begin, LARGEST)
    # A fork is known to be work for several workers: four messages at least.
    yield from _in_parts(go_on, min(LARGEST, max(1, -(-len(go_on) // 4))))


def _pack_countdowns(wake_ups: list[WakeUp]) -> Iterator[list[WakeUp]]:
    """
    Pack those that are due together: a message of each would cost a worker as much time as several steps.

    One that resumes a step stays alone: only a message of its own says so.
    """
    yield from ([wake_up] for wake_up in wake_ups if wake_up.countdown == RESUME_IN)
    now = monotonic()
    due = [(wake_up.seconds_left(now) or 0.0, wake_up) for wake_up in wake_ups if wake_up.countdown != RESUME_IN]
    message: list[WakeUp] = []
    first_due = 0.0
    for left, wake_up in sorted(due, key=itemgetter(0)):
        if message and (left > first_due + TOGETHER or len(message) == LARGEST):
            yield message
            message = []
        first_due = first_due if message else left
        message.append(wake_up)
    if message:
        yield message


def _in_parts(wake_ups: list[WakeUp], most: int) -> Iterator[list[WakeUp]]:
    """Parts of about one size: a message of one that is left over would cost as much as one of many."""
    count = -(-len(wake_ups) // most)
    for number in range(count):
        yield wake_ups[number * len(wake_ups) // count : (number + 1) * len(wake_ups) // count]
