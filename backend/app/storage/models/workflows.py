"""The tables of workflows, their versions and the catalog revision."""

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
    SmallInteger,
    Text,
    func,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, Id, Time

#: The index that keeps the names of one kind apart; graphs may share a name.
UNIQUE_NAME = "workflows_unique_name"


class Workflow(Base):
    """A saved definition with its trigger; the row always shows the newest version."""

    __tablename__ = "workflows"
    __table_args__ = (
        Index("workflows_by_name", "name", postgresql_where=text("deleted_at IS NULL")),
        Index("workflows_live", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("workflows_scheduled", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index(
            UNIQUE_NAME,
            "name",
            "kind",
            unique=True,
            postgresql_where=text("kind IN ('tasks', 'dag', 'steps') AND deleted_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[Any] = mapped_column(JSON, nullable=True)
    trigger: Mapped[Any] = mapped_column(JSON, nullable=True)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true())
    #: The flow control of its definition: ``concurrency``, ``schedule`` and the like; null if there is none.
    flow: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: The types of the engine that its trigger names; null if it names none.
    named_types: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    #: Counts the changes of what runs, from 1; a moved box is not one.
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    #: Counts every save, from 1; it is the ETag.
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    #: The catalog's revision that the newest save brought; what came after a number is what a reader has yet to learn.
    catalog_revision: Mapped[int] = mapped_column(BigInteger, index=True)
    #: The document as its author last sent it.
    document: Mapped[Any] = mapped_column(JSON)
    warnings: Mapped[Any] = mapped_column(JSON, server_default=text("'[]'"))
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(Time)
    #: When its ``schedule`` posts the next event.
    next_at: Mapped[datetime | None] = mapped_column(Time)


class WorkflowVersion(Base):
    """The definition of one version of a workflow; never changed."""

    __tablename__ = "workflow_versions"

    workflow_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[Any] = mapped_column(JSON)
    #: The node at which a test ends, for which alone this version is stored; null: everything runs.
    until: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class WorkflowFile(Base):
    """A definition that was registered from a file, so that a build of before does not bring its own file back."""

    __tablename__ = "workflow_files"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    #: SHA-256 of the file's text.
    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    #: The order in which they were registered.
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    registered_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class Catalog(Base):
    """One row, one number: it grows with every change of any trigger."""

    __tablename__ = "catalog"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger, server_default="1")
