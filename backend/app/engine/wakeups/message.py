"""A wake-up, and how wake-ups are packed into messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
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
    yield from _pack_countdowns(sorted((each for each in wake_ups if each.countdown), key=_countdown_of))
    yield from _in_parts(begin, LARGEST)
    # A fork is known to be work for several workers: four messages at least.
    yield from _in_parts(go_on, min(LARGEST, max(1, -(-len(go_on) // 4))))


def _countdown_of(wake_up: WakeUp) -> float:
    return wake_up.countdown or 0.0


def _pack_countdowns(wake_ups: list[WakeUp]) -> Iterator[list[WakeUp]]:
    """
    Pack those that are due together: a message of each would cost a worker as much time as several steps.

    One that resumes a step stays alone: only a message of its own says so.
    """
    message: list[WakeUp] = []
    for wake_up in wake_ups:
        due = _countdown_of(wake_up)
        fits = message and _countdown_of(message[0]) > RESUME_IN and due <= _countdown_of(message[0]) + TOGETHER
        if message and not (fits and len(message) < LARGEST):
            yield message
            message = []
        message.append(wake_up)
    if message:
        yield message


def _in_parts(wake_ups: list[WakeUp], most: int) -> Iterator[list[WakeUp]]:
    """Parts of about one size: a message of one that is left over would cost as much as one of many."""
    count = -(-len(wake_ups) // most)
    for number in range(count):
        yield wake_ups[number * len(wake_ups) // count : (number + 1) * len(wake_ups) // count]
