"""Subscriptions of receivers outside to events of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.ids import parse_id
from app.storage.models.deliveries import Delivery, WebhookSubscription
from app.storage.pages import Page, PageOf

#: The reason of a subscription that was switched off by hand.
SWITCHED_OFF = "The subscription was switched off."


@dataclass(frozen=True)
class SubscriptionDraft:
    """A subscription to be saved; it is valid."""

    url: str
    types: Sequence[str]
    workflow_id: str | None = None
    is_active: bool = True


def create_subscription(session: Session, id: str, draft: SubscriptionDraft, secret: bytes) -> WebhookSubscription:
    """Save a new subscription; ``secret`` is sealed."""
    row = WebhookSubscription(id=id, secret=secret, off_reason=None if draft.is_active else SWITCHED_OFF)
    _fill(row, draft)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def get_subscription(session: Session, id: str, *, lock: bool = False) -> WebhookSubscription:
    """The subscription with this id. Raises NotFound."""
    query = select(WebhookSubscription).where(WebhookSubscription.id == parse_id(id))
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound.of("Subscription", id)
    return row


def list_subscriptions(session: Session, page: Page) -> PageOf[WebhookSubscription]:
    """The subscriptions, newest first."""
    id: Any = WebhookSubscription.__table__.c.id
    return page.cut(session.scalars(page.of(select(WebhookSubscription), id)).all())


def replace_subscription(
    session: Session, row: WebhookSubscription, draft: SubscriptionDraft, secret: bytes | None
) -> None:
    """Save over a locked subscription; None keeps its secret. What is pending is given up if it is not active now."""
    was_active = row.is_active
    _fill(row, draft)
    if secret is not None:
        row.secret = secret
    if was_active != draft.is_active:
        row.off_reason = None if draft.is_active else SWITCHED_OFF
    row.updated_at = func.now()
    session.flush()
    if was_active and not draft.is_active:
        give_up_pending(session, row.id, SWITCHED_OFF)
    session.refresh(row)


def _fill(row: WebhookSubscription, draft: SubscriptionDraft) -> None:
    row.url, row.types, row.workflow_id = draft.url, list(draft.types), draft.workflow_id
    row.is_active = draft.is_active


def delete_subscription(session: Session, row: WebhookSubscription) -> None:
    """Delete a locked subscription with its deliveries; what is being sent at this moment still arrives."""
    session.execute(delete(Delivery).where(Delivery.subscription_id == row.id))
    session.delete(row)
    session.flush()


def give_up_pending(session: Session, id: str, reason: str) -> None:
    """Make the pending deliveries of a subscription dead."""
    dead: Any = {"status": "dead", "error": reason, "next_attempt_at": None, "claimed_until": None}
    pending = update(Delivery).where(Delivery.subscription_id == id, Delivery.status == "pending")
    session.execute(pending.values(**dead, finished_at=func.clock_timestamp()))
