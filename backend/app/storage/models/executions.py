"""The tables of executions, their steps and their join counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Identity,
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


class Execution(Base):
    """
    One run of one version of one workflow.

    A transaction that changes its steps locks this row first. A path that continues alone needs no lock: see
    ``exchange``.
    """

    __tablename__ = "executions"
    __table_args__ = (
        # A graph in place is a part of its parent, and is not listed.
        Index("executions_listed", "id", postgresql_where=text("inline_path IS NULL")),
        Index("executions_by_workflow", "workflow_id", "id", postgresql_where=text("inline_path IS NULL")),
        # In the one status that most of them have, the newest are found among all.
        Index(
            "executions_by_status",
            "status",
            "id",
            postgresql_where=text("inline_path IS NULL AND status <> 'COMPLETED'"),
        ),
        Index(
            "executions_by_workflow_and_status",
            "workflow_id",
            "status",
            "id",
            postgresql_where=text("inline_path IS NULL AND status <> 'COMPLETED'"),
        ),
        Index("executions_by_lane", "lane", "id", postgresql_where=text("lane IS NOT NULL")),
        Index(
            "executions_by_event",
            "event_id",
            "id",
            postgresql_where=text("inline_path IS NULL AND event_id IS NOT NULL"),
        ),
        Index(
            "executions_to_check",
            "next_check_at",
            postgresql_where=text("next_check_at IS NOT NULL AND status IN ('PENDING', 'RUNNING')"),
        ),
        Index("executions_by_fan_out", "fan_out_id", "id", postgresql_where=text("fan_out_id IS NOT NULL")),
        Index(
            "executions_in_lane",
            "lane",
            "queued",
            text("priority DESC"),
            text("coalesce(arrival, id)"),
            "id",
            postgresql_where=text("lane IS NOT NULL AND status IN ('PENDING', 'RUNNING', 'PAUSED')"),
        ),
        Index(
            "executions_failed_at",
            "finished_at",
            postgresql_where=text("status = 'FAILED' AND inline_path IS NULL"),
        ),
        Index("executions_by_fork", "forked_from", "id", postgresql_where=text("forked_from IS NOT NULL")),
        Index("executions_tests", "workflow_id", "id", postgresql_where=text("test IS NOT NULL")),
        Index("executions_by_rate", "rate", "admitted_at", postgresql_where=text("rate IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text)
    payload: Mapped[Any] = mapped_column(JSON)
    event_id: Mapped[str | None] = mapped_column(Id)
    #: How many executions and events, one because of the other, led to this one.
    depth: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    #: The first of those executions; null where no step of another one started it, so that it is a root itself.
    root_id: Mapped[str | None] = mapped_column(Id)
    #: The step that started it as a child, by its fan-out, and which of the children it is, from 0.
    fan_out_id: Mapped[str | None] = mapped_column(Id)
    item: Mapped[int | None] = mapped_column(Integer)
    #: The nodes, outermost first, whose graph in place it runs; null where it runs the workflow's own graph. It is
    #: empty in a test of that: lists, numbers and events of the engine are about executions where it is null.
    inline_path: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: The execution that it was forked from, whose steps before the fork it keeps.
    forked_from: Mapped[str | None] = mapped_column(Id)
    #: ``{node, visit, value}``: the input that the fork gives to the step at which it begins.
    given_input: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: ``{only: node}``, ``{until: node}`` or ``{}``: what it tests, or that a test started it; null: it is no test.
    test: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: The version that it ran before it was moved to this one.
    migrated_from: Mapped[int | None] = mapped_column(Integer)
    #: Steps that are READY, RUNNING or WAITING.
    open_steps: Mapped[int] = mapped_column(Integer, server_default="0")
    #: FAILED or CANCELLED while running handlers finish and compensations run.
    closing: Mapped[str | None] = mapped_column(Text)
    #: How often each loop was begun: ``{header: visits}``.
    loop_visits: Mapped[Any] = mapped_column(JSON, nullable=True)
    output: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    error: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(Time)
    finished_at: Mapped[datetime | None] = mapped_column(Time)
    #: When the timekeeper should ask whether its first wake-up was lost; null once a worker has begun it, as long as it
    #: waits for a slot, and where nobody has started it. One that ends before a worker has begun it keeps it.
    next_check_at: Mapped[datetime | None] = mapped_column(Time)
    #: When its wake-up was published again; null: only once, when the row was created.
    woken_at: Mapped[datetime | None] = mapped_column(Time)
    #: The lane that it runs in; null: no limit holds it.
    lane: Mapped[str | None] = mapped_column(Text)
    #: True while it waits for a slot of its lane: nothing of it begins.
    queued: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: An id of the moment at which it came into its lane, where it was made before; null: its own id is of that moment.
    arrival: Mapped[str | None] = mapped_column(Id)
    #: Queued executions of a higher priority start first; of equal ones, the one that came first.
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    #: The lane that counts how many begin in its period; null: no rate is limited.
    rate: Mapped[str | None] = mapped_column(Text)
    #: When that lane let it in.
    admitted_at: Mapped[datetime | None] = mapped_column(Time)


class DescendantsRow(Base):
    """A part of the number of executions that one has led to, which is spread over a few rows."""

    __tablename__ = "descendants"

    root_id: Mapped[str] = mapped_column(Id, primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class StepRecord(Base):
    """One attempt at one node's turn in an execution."""

    __tablename__ = "steps"
    __table_args__ = (
        Index(
            "steps_to_check",
            "next_check_at",
            postgresql_where=text("next_check_at IS NOT NULL AND status IN ('READY', 'RUNNING', 'WAITING')"),
        ),
        # Not unique, as ids are made unique and a check would cost each step.
        Index("steps_by_id", "id"),
    )

    # No foreign key: the walk writes a step only under the lock of its execution's row, and pays for every check.
    execution_id: Mapped[str] = mapped_column(Id, primary_key=True)
    node_id: Mapped[str] = mapped_column(Text, primary_key=True)
    visit: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(Id)
    #: The order of creation.
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    type: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    #: The visits of the loops around the node, outermost first, as ``2.5``; empty outside loops.
    scope: Mapped[str] = mapped_column(Text, server_default="")
    #: Counts the workers that took this step; a result is written only by the holder of the newest claim.
    claim: Mapped[int] = mapped_column(Integer, server_default="0")
    #: The process that holds the newest claim, by an id of its start.
    claimed_by: Mapped[str | None] = mapped_column(Id)
    #: Counts the processes that were lost while they ran this step alone; one that is being stopped does not count.
    losses: Mapped[int] = mapped_column(Integer, server_default="0")
    #: How many steps were lost with the process of the newest claim, this one included; 0: it was not lost.
    lost_together: Mapped[int] = mapped_column(Integer, server_default="0")
    #: The claim whose worker was lost before it had recorded a result; null: none, or its worker came back.
    lost_claim: Mapped[int | None] = mapped_column(Integer)
    #: The handle, or ``→`` and the node, that the step chose; null where it chose nothing.
    branch: Mapped[str | None] = mapped_column(Text)
    #: What happens when ``due_at`` has come: ``run`` the handler again, ``complete`` with the output kept, or
    #: ``timeout``: no signal came, so take the handle of that name, or fail. ``resumed``: it runs, and is not to wait.
    resume: Mapped[str | None] = mapped_column(Text)
    #: True where no path leads on from here: its output is part of the execution's.
    is_last: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: True where it was kept of the execution that this one was forked from: it did not run here, and is not undone.
    kept: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: Names the step that this one compensates, as ``node:visit``.
    compensates: Mapped[str | None] = mapped_column(Text)
    output: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    error: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(Time)
    finished_at: Mapped[datetime | None] = mapped_column(Time)
    #: When what it waits for comes.
    due_at: Mapped[datetime | None] = mapped_column(Time)
    #: When the timekeeper should look: a lease that ends, a time that comes near, a wake-up that may be lost.
    next_check_at: Mapped[datetime | None] = mapped_column(Time)
    #: When its wake-up was published again; null: only once, when the row was created or came due.
    woken_at: Mapped[datetime | None] = mapped_column(Time)


class JoinCountRow(Base):
    """The arrivals at a join, or at the end of one turn of a loop; deleted once all edges have arrived."""

    __tablename__ = "join_counts"

    execution_id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The node, or ``↺`` and the header for the edges that lead back.
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    taken: Mapped[int] = mapped_column(Integer, server_default="0")
    skipped: Mapped[int] = mapped_column(Integer, server_default="0")
    #: True once the node was started (or skipped) or the loop left.
    settled: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: Edges that leave the loop, kept until it is left: ``{key of the edge: taken}``.
    deferred_exits: Mapped[Any] = mapped_column(JSON, nullable=True)
