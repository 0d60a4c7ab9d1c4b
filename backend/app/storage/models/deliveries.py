"""The tables of events of the engine, and of their deliveries to receivers outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    func,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class EngineEventType(Base):
    """
    A type of the engine that a live trigger or an active subscription names; no other is recorded.

    Triggers of Postgres on ``workflows`` and ``webhook_subscriptions`` keep it: see migration 0033.
    """

    __tablename__ = "engine_event_types"

    type: Mapped[str] = mapped_column(Text, primary_key=True)


class EngineEvent(Base):
    """
    A change of an execution or approval that has not been posted as an event yet; deleted when it is.

    Triggers of Postgres write it in the transaction of the change: see migration 0033.
    """

    __tablename__ = "engine_events"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    #: The transaction of the change, and the place among what it changed.
    xact: Mapped[int] = mapped_column(BigInteger)
    rank: Mapped[int] = mapped_column(SmallInteger)
    execution_id: Mapped[str] = mapped_column(Id)
    workflow_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Integer)
    #: The depth of the execution.
    depth: Mapped[int] = mapped_column(SmallInteger)
    type: Mapped[str] = mapped_column(Text)
    #: The status of the execution after the change.
    status: Mapped[str] = mapped_column(Text)
    error: Mapped[Any] = mapped_column(JSON, nullable=True)
    node_id: Mapped[str | None] = mapped_column(Text)
    approval_id: Mapped[str | None] = mapped_column(Id)
    approval_status: Mapped[str | None] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))
    #: When it may be posted; later than now after it could not be.
    next_check_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))


class WebhookSubscription(Base):
    """A receiver outside, and the events of the engine that it gets."""

    __tablename__ = "webhook_subscriptions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: The only workflow whose executions it gets; null: all.
    workflow_id: Mapped[str | None] = mapped_column(Id)
    #: The key of its signatures, sealed.
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true())
    #: Why it is not active; null where it is.
    off_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class Delivery(Base):
    """One event on its way to one receiver."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("deliveries_due", "next_attempt_at", postgresql_where=text("status = 'pending'")),
        Index(
            "deliveries_due_by_subscription",
            *("subscription_id", "next_attempt_at", "seq"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "deliveries_in_order",
            *("subscription_id", "execution_id", "seq"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index("deliveries_claimed", "subscription_id", postgresql_where=text("claimed_until IS NOT NULL")),
        Index("deliveries_by_subscription", "subscription_id", "seq"),
        Index("deliveries_finished", "status", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subscription_id: Mapped[str] = mapped_column(Id)
    #: The order in which the events of one execution are delivered.
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    #: The event, which is the ``webhook-id``.
    event_id: Mapped[str] = mapped_column(Id)
    execution_id: Mapped[str] = mapped_column(Id)
    type: Mapped[str] = mapped_column(Text)
    #: What is sent: a CloudEvent as JSON text.
    body: Mapped[str] = mapped_column(Text)
    #: See ``DeliveryStatus``.
    status: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    #: When it may be sent, while it is pending; while it is being sent, when others may presume that its sender died.
    next_attempt_at: Mapped[datetime | None] = mapped_column(Time)
    #: Until when its sender has it; null: nobody sends it.
    claimed_until: Mapped[datetime | None] = mapped_column(Time)
    #: Counts the claims; a result counts only under the newest one.
    claim: Mapped[int] = mapped_column(Integer, server_default="0")
    #: The status and the beginning of the last answer, or why there is none.
    answer_status: Mapped[int | None] = mapped_column(Integer)
    answer: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    attempted_at: Mapped[datetime | None] = mapped_column(Time)
    #: When it was delivered or given up.
    finished_at: Mapped[datetime | None] = mapped_column(Time)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))
