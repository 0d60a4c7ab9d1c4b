"""Group commit: what requests ask for at the same time is committed together, on one thread, in one transaction."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

#: Items that are committed together, at most.
LARGEST = 64
#: Bytes that are committed together, at most; a larger item is committed alone.
MOST_BYTES = 1_000_000
#: Threads that commit at the same time, at most.
MOST_THREADS = 8
#: Seconds that an item waits for a commit in progress before another thread takes it: that commit may wait for a lock.
PATIENCE = 0.05


@dataclass(frozen=True)
class Waiting(Generic[Item, Outcome]):
    """An item, and the future of the request that waits for its outcome."""

    item: Item
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Outcome]


class GroupCommit(Generic[Item, Outcome]):
    """
    Commits items in groups: an item that comes alone is committed at once, and those that come meanwhile are the next.

    So an item waits for one commit of others, at most, and a thousand at once take a few commits.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Sequence[Outcome | Exception]],
        size: Callable[[Item], int],
        *,
        name: str,
    ) -> None:
        """``commit`` returns the outcome of each item, or the error that its request gets; ``size`` is in bytes."""
        self._commit = commit
        self._size = size
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix=name)
        self._changing = threading.Lock()
        self._waiting: deque[Waiting[Item, Outcome]] = deque()
        #: Threads that commit now.
        self._committing = 0
        #: True while a timer runs that looks after the items which wait.
        self._is_watched = False

    async def submit(self, item: Item) -> Outcome:
        """The outcome of an item, once it is committed. Raises what ``commit`` has returned for it."""
        return await self._enqueue([item])[0]

    async def submit_all(self, items: Iterable[Item]) -> list[Outcome | BaseException]:
        """The outcomes of several items, or their errors, in their order."""
        futures = self._enqueue(items)
        if len(futures) != 1:
            return await asyncio.gather(*futures, return_exceptions=True)
        # As ``gather`` does, in a fraction of its time.
        try:
            return [await futures[0]]
        except Exception as error:
            return [error]

    def close(self) -> None:
        """Wait for what is being committed, and end the threads."""
        self._threads.shutdown()

    def _enqueue(self, items: Iterable[Item]) -> list[asyncio.Future[Outcome]]:
        loop = asyncio.get_running_loop()
        added: list[Waiting[Item, Outcome]] = [Waiting(item, loop, loop.create_future()) for item in items]
        with self._changing:
            self._waiting.extend(added)
            begins = self._committing == 0
            if begins:
                self._committing = 1
            else:
                self._watch(loop)
        if begins:
            self._threads.submit(self._run)
        return [each.future for each in added]

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look after what waits first, a little later; the lock is held."""
        if self._waiting and not self._is_watched:
            self._is_watched = True
            loop.call_later(PATIENCE, self._look_after, loop, self._waiting[0])

    def _look_after(self, loop: asyncio.AbstractEventLoop, oldest: Waiting[Item, Outcome]) -> None:
        """Have one more thread commit if the item that waited first still does."""
        with self._changing:
            self._is_watched = False
            helps = bool(self._waiting) and self._waiting[0] is oldest and self._committing < MOST_THREADS
            self._committing += helps
            self._watch(loop)
        if helps:
            self._threads.submit(self._run)

    def _run(self) -> None:
        while batch := self._take():
            try:
                outcomes = self._commit([each.item for each in batch])
            except Exception as error:  # whatever it is, each request gets an answer
                outcomes = [error] * len(batch)
            deliver(batch, outcomes)

    def _take(self) -> list[Waiting[Item, Outcome]]:
        batch: list[Waiting[Item, Outcome]] = []
        size = 0
        with self._changing:
            while self._waiting and len(batch) < LARGEST:
                size += self._size(self._waiting[0].item)
                if batch and size > MOST_BYTES:
                    break
                batch.append(self._waiting.popleft())
            if not batch:
                self._committing -= 1
            return batch


def deliver(batch: Sequence[Waiting[Item, Outcome]], outcomes: Sequence[Outcome | Exception]) -> None:
    """Give the outcomes to the requests, with one call for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Outcome], Outcome | Exception]]] = {}
    for each, outcome in zip(batch, outcomes, strict=True):
        by_loop.setdefault(each.loop, []).append((each.future, outcome))
    for loop, found in by_loop.items():
        loop.call_soon_threadsafe(settle, found)


def settle(found: Sequence[tuple[asyncio.Future[Outcome], Outcome | Exception]]) -> None:
    """Settle the futures of requests; one whose request was given up is done already."""
    for future, outcome in found:
        if future.done():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
