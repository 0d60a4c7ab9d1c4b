"""What the answer of a receiver makes of a delivery."""

from __future__ import annotations

from app.engine.deliveries.retries import MAX_ATTEMPTS, pause_after
from app.engine.services.http.exchange import Receipt
from app.errors import StepFailed
from app.storage.deliveries.sending import ClaimedDelivery, DeliveryResult
from app.storage.statuses import DeliveryStatus

#: The status with which a receiver says that it wants no more deliveries.
GONE = 410
#: Characters of an answer, and of a reason, that are kept.
ANSWER_LENGTH, REASON_LENGTH = 500, 2000


def judge(delivery: ClaimedDelivery, came: Receipt | StepFailed, chance: float) -> DeliveryResult:
    """The result of an attempt by what came of it; ``chance``, from 0 to 1, spreads the next attempts."""
    if isinstance(came, StepFailed):
        reason = _storable(str(came), REASON_LENGTH)
        return _failed(delivery, reason, chance) if came.retry else _dead(delivery, reason)
    answer = _storable(came.text, ANSWER_LENGTH)
    if 200 <= came.status < 300:
        return DeliveryResult(
            delivery.id, delivery.claim, DeliveryStatus.DELIVERED.value, 0.0, came.status, answer, None
        )
    if came.status == GONE:
        return _dead(delivery, describe_gone(delivery.url), came.status, answer)
    return _failed(delivery, _describe_receipt(came), chance, came.status, answer)


def describe_gone(url: str) -> str:
    """Why a subscription is switched off."""
    return (
        f"{url} answered 410 Gone, which means that it wants no more deliveries, so the subscription was switched off; "
        "switch it on with `is_active`: true."
    )


def _describe_receipt(receipt: Receipt) -> str:
    if 300 <= receipt.status < 400:
        place = f" to {_storable(receipt.location, ANSWER_LENGTH)}" if receipt.location else ""
        return (
            f"The receiver redirects{place} ({receipt.status}), which is not followed; set the `url` to that address."
        )
    return f"The receiver answered {receipt.status}."


def _storable(text: str, length: int) -> str:
    """The beginning of a text that a receiver has sent, without characters that Postgres does not store."""
    return text[:length].encode("utf-8", "replace").decode().replace("\x00", "?")


def _failed(
    delivery: ClaimedDelivery, reason: str, chance: float, status: int | None = None, answer: str | None = None
) -> DeliveryResult:
    """Tried again, unless this was the last attempt."""
    pause = pause_after(delivery.attempt, chance)
    if pause is None:
        return _dead(delivery, f"{MAX_ATTEMPTS} attempts failed. The last one: {reason}", status, answer)
    return DeliveryResult(delivery.id, delivery.claim, DeliveryStatus.PENDING.value, pause, status, answer, reason)


def _dead(
    delivery: ClaimedDelivery, reason: str, status: int | None = None, answer: str | None = None
) -> DeliveryResult:
    return DeliveryResult(delivery.id, delivery.claim, DeliveryStatus.DEAD.value, 0.0, status, answer, reason)
