"""
Limits of a sender: requests a second and bytes a minute.

Counted in the memory of one API process: with several of them, a sender gets up to that many times its limit. Counting
in Postgres or Redis would cost a round trip for each request.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING

from app.deferred import Deferred, load
from app.errors import TooLarge, TooManyRequests

if TYPE_CHECKING:
    import limits
    from limits.aio import storage, strategies
else:
    # Imported in 30 ms for the first sender that has a limit.
    limits = Deferred("limits")
    storage, strategies = Deferred("limits.aio.storage"), Deferred("limits.aio.strategies")


class SenderLimits:
    """
    Counts what senders send, on the event loop; one that has no limit costs nothing.

    The storage for threads starts one every 10 ms to forget what is old, and the loop would wait for each to begin.
    """

    def __init__(self) -> None:
        self._limiter: strategies.RateLimiter | None = None

    async def count_request(self, sender: str, most: int) -> None:
        """Count a request of a sender that may make ``most`` a second. Raises TooManyRequests."""
        limiter = await self._open()
        item = limits.RateLimitItemPerSecond(most)
        if not await limiter.hit(item, sender):
            raise TooManyRequests(
                f"{sender} may make {most} requests a second; try again.", await _wait(limiter, item, sender)
            )

    async def count_bytes(self, sender: str, count: int, most: int) -> None:
        """Count a body of a sender that may send ``most`` bytes a minute. Raises TooManyRequests, TooLarge."""
        if count > most:
            raise TooLarge(f"The body has {count} bytes; {sender} may send {most} a minute.")
        limiter = await self._open()
        item = limits.RateLimitItemPerMinute(most)
        if not await limiter.hit(item, sender, cost=count):
            raise TooManyRequests(
                f"{sender} may send {most} bytes a minute; send this body of {count} bytes later.",
                await _wait(limiter, item, sender),
            )

    async def _open(self) -> strategies.RateLimiter:
        if self._limiter is None:
            await asyncio.to_thread(_load)
        if self._limiter is None:  # Another request may have come first meanwhile.
            self._limiter = strategies.SlidingWindowCounterRateLimiter(storage.MemoryStorage())
        return self._limiter


def _load() -> None:
    for module in (limits, storage, strategies):
        load(module)


async def _wait(limiter: strategies.RateLimiter, item: limits.RateLimitItem, sender: str) -> int:
    """Seconds after which there is room again, at least 1."""
    stats = await limiter.get_window_stats(item, sender)
    return max(1, math.ceil(stats.reset_time - time.time()))
