"""The tables of notifications and worker processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Integer,
    Text,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class Notification(Base):
    """A message of ``send_notification`` and its recipients."""

    __tablename__ = "notifications"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    execution_id: Mapped[str] = mapped_column(Id, index=True)
    node_id: Mapped[str] = mapped_column(Text)
    notified: Mapped[Any] = mapped_column(JSON, nullable=True)
    message: Mapped[Any] = mapped_column(JSON, nullable=True)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class WorkerProcess(Base):
    """One main process of a worker, as long as it lives, and for a while after it was last heard of."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: Celery's name of the worker, ``celery@host``; two processes may share it by mistake.
    name: Mapped[str] = mapped_column(Text)
    #: The names of the queues that it consumes.
    queues: Mapped[Any] = mapped_column(JSON)
    #: The node types that it has handlers for; null: a build that does not record them.
    node_types: Mapped[Any] = mapped_column(JSON, nullable=True)
    started_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    #: The time of its last heartbeat.
    last_seen_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    # What follows was true at its last heartbeat; null: a build that does not record it.
    #: The kind of its pool, ``prefork`` or ``thread``; its processes or threads, and the handlers that run in them.
    pool: Mapped[str | None] = mapped_column(Text)
    slots: Mapped[int | None] = mapped_column(Integer)
    busy: Mapped[int | None] = mapped_column(Integer)
    #: The last pass of its timekeeper.
    passed_at: Mapped[datetime | None] = mapped_column(Time)
    #: Steps, executions and signals that its timekeeper found abandoned or lost, since it started, and when last.
    rescued: Mapped[int | None] = mapped_column(BigInteger)
    rescued_at: Mapped[datetime | None] = mapped_column(Time)
