"""The table of trigger revisions: what every workflow's trigger was, at every moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time


class TriggerRevision(Base):
    """
    A workflow as one save left it; never changed.

    Written by the trigger ``keep_trigger_revision`` on ``workflows``, in the transaction of the save, so that no path
    to a save can omit it, in this build or in one of before.
    """

    __tablename__ = "trigger_revisions"

    workflow_id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The catalog's revision that the save brought.
    revision: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    #: The version that an event at this revision starts.
    version: Mapped[int] = mapped_column(Integer)
    trigger: Mapped[Any] = mapped_column(JSON, nullable=True)
    flow: Mapped[Any] = mapped_column(JSON, nullable=True)
    is_active: Mapped[bool] = mapped_column(Boolean)
    is_deleted: Mapped[bool] = mapped_column(Boolean)
    saved_at: Mapped[datetime] = mapped_column(Time)
    #: The person or key that saved it; null: not known.
    saved_by: Mapped[str | None] = mapped_column(Text)
