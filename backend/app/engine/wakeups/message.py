"""A wake-up, and how wake-ups are packed into messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

#: Wake-ups in one message, at most.
LARGEST = 16
#: Wake-ups of a whole execution that replace those of its many steps.
PARTS = 4
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
    many = {key for key, count in steps.items() if count > LARGEST}
    left = [each for each in wake_ups if (each.execution_id, each.queue) not in many]
    return left + [WakeUp(id, queue=queue) for id, queue in sorted(many, key=str) for _ in range(PARTS)]


def pack_messages(wake_ups: list[WakeUp]) -> Iterator[list[WakeUp]]:
    """Pack the wake-ups into few messages, each for one queue."""
    for queue in dict.fromkeys(wake_up.queue for wake_up in wake_ups):
        yield from _pack_queue([wake_up for wake_up in wake_ups if wake_up.queue == queue])


def _pack_queue(wake_ups: list[WakeUp]) -> Iterator[list[WakeUp]]:
    """Each wake-up with a countdown is a message of its own."""
    begin = [wake_up for wake_up in wake_ups if wake_up.node_id is None]
    go_on = [wake_up for wake_up in wake_ups if wake_up.node_id is not None and not wake_up.countdown]
    yield from ([wake_up] for wake_up in wake_ups if wake_up.countdown)
    yield from _in_parts(begin, LARGEST)
    # A fork is known to be work for several workers: four messages at least.
    yield from _in_parts(go_on, min(LARGEST, max(1, -(-len(go_on) // 4))))


def _in_parts(wake_ups: list[WakeUp], size: int) -> Iterator[list[WakeUp]]:
    for start in range(0, len(wake_ups), size):
        yield wake_ups[start : start + size]
