"""Deliveries as people see them: their list, their state, and the command to send one again."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.storage.deliveries.subscriptions import get_subscription
from app.storage.ids import parse_id
from app.storage.models.deliveries import Delivery
from app.storage.pages import Page, PageOf
from app.storage.statuses import DeliveryStatus


def list_deliveries(
    session: Session, subscription_id: str, page: Page, status: DeliveryStatus | None = None
) -> PageOf[Delivery]:
    """The deliveries of a subscription, newest first. Raises NotFound."""
    row = get_subscription(session, subscription_id)
    query = select(Delivery).where(Delivery.subscription_id == row.id)
    if status is not None:
        query = query.where(Delivery.status == status.value)
    if page.after is not None:
        after = select(Delivery.seq).where(Delivery.id == page.after).scalar_subquery()
        query = query.where(Delivery.seq < after)
    return page.cut(session.scalars(query.order_by(Delivery.seq.desc()).limit(page.limit + 1)).all())


def send_again(session: Session, subscription_id: str, delivery_id: str) -> Delivery:
    """
    Make a delivery pending that was delivered or given up, with all its attempts before it.

    Raises NotFound, and Conflict if it is pending or its subscription is not active.
    """
    subscription = get_subscription(session, subscription_id, lock=True)
    query = select(Delivery).where(Delivery.id == parse_id(delivery_id), Delivery.subscription_id == subscription.id)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound.of("Delivery", delivery_id)
    if row.status == DeliveryStatus.PENDING:
        raise Conflict(f"Delivery {row.id} is pending; it is sent without this command.")
    if not subscription.is_active:
        raise Conflict(
            f"Subscription {subscription.id} is not active ({subscription.off_reason}); switch it on first, "
            "with `is_active`: true."
        )
    row.status, row.attempts, row.finished_at = DeliveryStatus.PENDING.value, 0, None
    row.next_attempt_at = func.clock_timestamp()
    session.flush()
    session.refresh(row)
    return row
