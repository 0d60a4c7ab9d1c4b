"""
Limits of a sender: requests a second and bytes a minute.

Counted in the memory of one API process: with several of them, a sender gets up to that many times its limit. Counting
in Postgres or Redis would cost a round trip for each request.
"""

from __future__ import annotations

import math
import time
from functools import cached_property
from typing import TYPE_CHECKING

from app.deferred import Deferred
from app.errors import TooLarge, TooManyRequests

if TYPE_CHECKING:
    import limits
    from limits.aio import storage, strategies
else:
    # Imported in 20 ms for the first sender that has a limit.
    limits = Deferred("limits")
    storage, strategies = Deferred("limits.aio.storage"), Deferred("limits.aio.strategies")


class SenderLimits:
    """
    Counts what senders send, on the event loop; one that has no limit costs nothing.

    The storage for threads starts one every 10 ms to forget what is old, and the loop would wait for each to begin.
    """

    @cached_property
    def _limiter(self) -> strategies.RateLimiter:
        return strategies.SlidingWindowCounterRateLimiter(storage.MemoryStorage())

    async def count_request(self, sender: str, most: int) -> None:
        """Count a request of a sender that may make ``most`` a second. Raises TooManyRequests."""
        item = limits.RateLimitItemPerSecond(most)
        if not await self._limiter.hit(item, sender):
            raise TooManyRequests(
                f"{sender} may make {most} requests a second; try again.", await self._wait(item, sender)
            )

    async def count_bytes(self, sender: str, count: int, most: int) -> None:
        """Count a body of a sender that may send ``most`` bytes a minute. Raises TooManyRequests, TooLarge."""
        if count > most:
            raise TooLarge(f"The body has {count} bytes; {sender} may send {most} a minute.")
        item = limits.RateLimitItemPerMinute(most)
        if not await self._limiter.hit(item, sender, cost=count):
            raise TooManyRequests(
                f"{sender} may send {most} bytes a minute; send this body of {count} bytes later.",
                await self._wait(item, sender),
            )

    async def _wait(self, item: limits.RateLimitItem, sender: str) -> int:
        """Seconds after which there is room again, at least 1."""
        stats = await self._limiter.get_window_stats(item, sender)
        return max(1, math.ceil(stats.reset_time - time.time()))
