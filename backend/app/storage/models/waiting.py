"""The tables of what steps wait for: approvals, children, events, signals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    Index,
    Integer,
    SmallInteger,
    Text,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class FanOut(Base):
    """The children of one step: how many there are to be, and how far they are."""

    __tablename__ = "fan_outs"
    __table_args__ = (Index("fan_outs_to_check", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The step that waits for them.
    execution_id: Mapped[str] = mapped_column(Id, index=True)
    node_id: Mapped[str] = mapped_column(Text)
    visit: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer)
    #: The definition that each child runs, and columns that its row takes from its parent's.
    workflow_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Integer)
    inline_path: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    event_id: Mapped[str | None] = mapped_column(Id)
    is_test: Mapped[bool] = mapped_column(Boolean, server_default=false())
    depth: Mapped[int] = mapped_column(SmallInteger)
    #: Their root; null where a build that knew of none has written it.
    root_id: Mapped[str | None] = mapped_column(Id)
    #: The payload that ``item`` and ``index`` are added to for each child; null where the items are whole payloads.
    base_payload: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: True where the step's output is the list of theirs, False where it is that of the one child.
    collects: Mapped[bool] = mapped_column(Boolean)
    total: Mapped[int] = mapped_column(Integer)
    #: The items before this one have begun, or have completed in an earlier try.
    next_item: Mapped[int] = mapped_column(Integer)
    ended: Mapped[int] = mapped_column(Integer, server_default="0")
    #: True where the newest change has begun another child, if an item was left.
    started_next: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: True once no other child will start: all have ended, one has failed, or the step does not wait any more.
    closed: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: When the timekeeper should cancel the children that are left of one that is closed.
    next_check_at: Mapped[datetime | None] = mapped_column(Time)


class Item(Base):
    """The item of a child that has not started."""

    __tablename__ = "fan_out_items"

    fan_out_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class SignalRow(Base):
    """A notice that a waiting step can continue; deleted when the step has continued."""

    __tablename__ = "signals"
    __table_args__ = (Index("signals_to_check", "next_check_at"),)

    execution_id: Mapped[str] = mapped_column(Id, primary_key=True)
    node_id: Mapped[str] = mapped_column(Text, primary_key=True)
    visit: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: The kind of thing that the step waited for, for example ``children``, and its id.
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Id)
    #: When the timekeeper should ask whether the wake-up was lost.
    next_check_at: Mapped[datetime] = mapped_column(Time)
    #: When a wake-up for it was last published.
    woken_at: Mapped[datetime | None] = mapped_column(Time, server_default=text("clock_timestamp()"))


class SubscriptionRow(Base):
    """A step that waits for an event; gone as soon as one has come, or the step does not wait any more."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index("subscriptions_by_key", "correlation_path", "correlation_key", "id"),
        Index("subscriptions_to_scan", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    execution_id: Mapped[str] = mapped_column(Id, index=True)
    node_id: Mapped[str] = mapped_column(Text)
    visit: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer)
    condition: Mapped[Any] = mapped_column(JSON)
    #: The parts of ``$context`` and ``$steps`` that the condition names.
    variables: Mapped[Any] = mapped_column(JSON)
    #: A path, and the value that an event must have there to fulfil the condition; empty if the condition names none.
    correlation_path: Mapped[str] = mapped_column(Text)
    correlation_key: Mapped[str] = mapped_column(Text)
    #: The moment from which on events count.
    since: Mapped[datetime] = mapped_column(Time)
    #: Events that do not count: those that began the execution, and those that earlier visits of the node took.
    ignored_events: Mapped[list[str]] = mapped_column(ARRAY(Id))
    created_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))
    #: The last event that a look back, which is not done yet, has come to.
    scanned_to: Mapped[str | None] = mapped_column(Id)
    #: When the first look back was done; until then, events that come are left to it where it will come to them.
    scanned_at: Mapped[datetime | None] = mapped_column(Time)
    #: When to look back next; null once nothing can have been missed.
    next_check_at: Mapped[datetime | None] = mapped_column(Time)


class UnmatchedEvent(Base):
    """An event that came while steps waited, and is not yet matched with all of them."""

    __tablename__ = "unmatched_events"

    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    accepted_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))
    #: The last subscription that it was matched with.
    matched_to: Mapped[str | None] = mapped_column(Id)


class Approval(Base):
    """A person's decision that a step waits for, or the answer whether a lost step had its effect."""

    __tablename__ = "approvals"
    __table_args__ = (Index("approvals_by_status", "status", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    execution_id: Mapped[str] = mapped_column(Id, index=True)
    node_id: Mapped[str] = mapped_column(Text)
    visit: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer)
    #: See ``ApprovalKind``.
    kind: Mapped[str] = mapped_column(Text, server_default="decision")
    status: Mapped[str] = mapped_column(Text)
    title: Mapped[Any] = mapped_column(JSON, nullable=True)
    description: Mapped[Any] = mapped_column(JSON, nullable=True)
    context: Mapped[Any] = mapped_column(JSON, nullable=True)
    #: The only people who may decide; empty: anybody.
    approvers: Mapped[Any] = mapped_column(JSON)
    #: How many different people have to approve.
    needed: Mapped[int] = mapped_column(Integer)
    #: ``{approved, approved_by, comment, at}``, in order.
    decisions: Mapped[Any] = mapped_column(JSON, server_default=text("'[]'"))
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(Time)
    responded_at: Mapped[datetime | None] = mapped_column(Time)
