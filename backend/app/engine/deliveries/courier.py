"""
The courier of a process: it sends deliveries to receivers, many at a time, on a thread with an event loop of its own.

Neither the walk nor the task that wakes it waits for a receiver. Deliveries are claimed from Postgres with a lease, so
any number of couriers share them, and those of a process that dies are sent again by another one.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import random
from typing import TYPE_CHECKING, TypeVar

from app.deferred import Deferred
from app.engine.deliveries.judging import GONE, describe_gone, judge
from app.engine.deliveries.signing import sign
from app.engine.services.http.exchange import Receipt
from app.engine.services.http.guard import Guard
from app.errors import StepFailed, TrigraphError
from app.secrets.box import SecretBox
from app.storage.availability import is_passing
from app.storage.clock import clock
from app.storage.database import ConnectionPool, Cursor, transaction
from app.storage.deliveries import sending
from app.storage.deliveries.sending import ClaimedDelivery, DeliveryResult

if TYPE_CHECKING:
    from app.engine.services.http import messages
else:
    messages = Deferred("app.engine.services.http.messages")

log = logging.getLogger(__name__)
Found = TypeVar("Found")

#: Deliveries that one process sends at a time, and all processes to one subscription.
AT_ONCE, AT_ONCE_TO_ONE = 400, 8
#: Seconds for one attempt, from the lookup of the host to the end of the answer.
TIMEOUT = 15.0
#: Seconds after which another process may send a delivery whose sender has died.
LEASE = 2 * TIMEOUT
#: Seconds without work after which the thread ends, and to the next try after an error of Postgres.
IDLE, PAUSE = 5.0, 1.0
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def secret_name(subscription_id: str) -> str:
    """The name under which the secret of a subscription is sealed."""
    return f"subscription {subscription_id}"


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt."""

    delivery: ClaimedDelivery
    came: Receipt | StepFailed

    @property
    def is_refusal(self) -> bool:
        """True if the receiver wants no more deliveries."""
        return isinstance(self.came, Receipt) and self.came.status == GONE


class Courier:
    """Sends deliveries while there are any that are due."""

    def __init__(self, engine: ConnectionPool, guard: Guard, box: SecretBox, is_stopping: Callable[[], bool]) -> None:
        self._engine = engine
        self._guard = guard
        self._box = box
        self._is_stopping = is_stopping
        self._lock = threading.Lock()
        #: Under the lock.
        self._is_due = False
        self._has_stopped = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        #: Results that are not recorded yet. Used by the thread.
        self._results: list[Attempt] = []

    def wake(self) -> None:
        """Have what is due sent soon. Never waits."""
        with self._lock:
            if self._has_stopped:
                return
            self._is_due = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
                self._thread.start()
            else:
                self._rouse()

    def _rouse(self) -> None:
        """Wake the loop; one that is closing finds out behind its end."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._woken.set)

    def stop(self, seconds: float) -> None:
        """Send nothing new, and let what is on its way arrive for so long."""
        with self._lock:
            self._has_stopped = True
            thread = self._thread
            self._rouse()
        if thread is not None:
            thread.join(seconds)

    # --- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:  # the next wake starts another thread, and leases of what it held end
            log.exception("The courier failed; what it had claimed is sent again in %.0f s.", LEASE)
        finally:
            with self._lock:
                self._thread = self._loop = None
                is_due = self._is_due and not self._has_stopped
            if is_due:
                self.wake()

    async def _serve(self) -> None:
        """Claim, send and record until nothing is due for a while."""
        on_their_way: set[asyncio.Task[Attempt]] = set()
        self._woken = asyncio.Event()
        with self._lock:
            self._loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            with self._lock:
                self._is_due = False
            claimed = await self._claim(AT_ONCE - len(on_their_way))
            on_their_way |= {asyncio.create_task(self._send(delivery)) for delivery in claimed}
            if not on_their_way and not self._results and not await self._is_woken():
                return
            on_their_way = await self._collect(on_their_way)
            await self._record()

    async def _is_woken(self) -> bool:
        """Wait for work; False if there is none for a while, or the process stops."""
        if not self._stops():
            try:
                await asyncio.wait_for(self._woken.wait(), IDLE)
            except asyncio.TimeoutError:
                return False
        return not self._stops()

    def _stops(self) -> bool:
        return self._has_stopped or self._is_stopping()

    async def _collect(self, on_their_way: set[asyncio.Task[Attempt]]) -> set[asyncio.Task[Attempt]]:
        """Wait until one has arrived or there is more to send; those that are still on their way."""
        if not on_their_way:
            return on_their_way
        woken = asyncio.ensure_future(self._woken.wait())
        waiting: set[asyncio.Future[object]] = {*on_their_way, woken}  # type: ignore[arg-type]
        await asyncio.wait(waiting, timeout=PAUSE, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        arrived = {task for task in on_their_way if task.done()}
        self._results += [task.result() for task in arrived]
        return on_their_way - arrived

    async def _send(self, delivery: ClaimedDelivery) -> Attempt:
        try:
            secret = self._box.open_sealed(secret_name(delivery.subscription_id), delivery.secret)
            headers = sign(secret, delivery.event_id, int(clock.time()), delivery.body)
            headers["Content-Type"] = CONTENT_TYPE
            receipt = await messages.post_message(delivery.url, headers, delivery.body, self._guard, timeout=TIMEOUT)
            return Attempt(delivery, receipt)
        except StepFailed as error:
            return Attempt(delivery, error)
        except TrigraphError as error:  # of a secret that cannot be opened
            return Attempt(delivery, StepFailed(str(error)))
        except Exception as error:  # of a library: one delivery must not end the courier
            log.exception("Delivery %s could not be sent.", delivery.id, extra={"delivery": delivery.id})
            return Attempt(delivery, StepFailed(f"It could not be sent: {type(error).__name__}."))

    # --- Postgres, on a thread so that what is on its way goes on ----------------------------------------------------

    async def _claim(self, limit: int) -> list[ClaimedDelivery]:
        if limit <= 0 or self._stops():
            return []

        def claim(cursor: Cursor) -> list[ClaimedDelivery]:
            return sending.claim_deliveries(cursor, limit=limit, most=AT_ONCE_TO_ONE, lease=LEASE)

        return await self._ask(claim) or []

    async def _record(self) -> None:
        """Record what has arrived; it is kept while Postgres cannot be reached."""
        attempts = self._results
        if not attempts:
            return
        results = [judge(attempt.delivery, attempt.came, random()) for attempt in attempts]
        if await self._ask(lambda cursor: _record_results(cursor, results)):
            self._results = []
            await self._switch_off(attempts)
        else:
            await asyncio.sleep(PAUSE)

    async def _switch_off(self, attempts: Sequence[Attempt]) -> None:
        """Switch subscriptions off whose receivers refuse; in transactions of their own, which lock them first."""
        gone = {each.delivery.subscription_id: each.delivery.url for each in attempts if each.is_refusal}
        for id, url in gone.items():
            reason = describe_gone(url)
            await self._ask(partial(sending.switch_off, subscription_id=id, url=url, reason=reason))
            log.warning("Subscription %s: %s", id, reason, extra={"subscription": id})

    async def _ask(self, act: Callable[[Cursor], Found]) -> Found | None:
        """What a transaction returns; None while Postgres cannot be reached."""

        def run() -> Found:
            with transaction(self._engine) as cursor:
                return act(cursor)

        try:
            return await asyncio.to_thread(run)
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("Deliveries: database unavailable (%s); retrying.", type(error).__name__)
            return None


def _record_results(cursor: Cursor, results: Sequence[DeliveryResult]) -> bool:
    sending.record_results(cursor, results)
    return True
