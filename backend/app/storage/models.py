"""The tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    DDL,
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    event,
    false,
    func,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# JSON, not JSONB: a document comes back as it was sent, with its order of keys, its 1.0 and its \u0000.
Id = Uuid(as_uuid=False)
Time = DateTime(timezone=True)
#: The index that keeps names apart, where they have to be.
UNIQUE_NAME = "workflows_unique_name"


class Base(DeclarativeBase):
    """The root of the models; its metadata is what the migrations are held against."""


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
    #: What its author says of how many, how often and when: ``concurrency`` and its like; null where nothing is said.
    flow: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
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
    """What one version of a workflow runs; never changes once written."""

    __tablename__ = "workflow_versions"

    workflow_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[Any] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class Catalog(Base):
    """One row, one number: it grows with every change of any trigger."""

    __tablename__ = "catalog"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger, server_default="1")


class Event(Base):
    """A payload that somebody posted, as received."""

    __tablename__ = "events"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The sender's own id, source, type and time, where it is a CloudEvent.
    external_id: Mapped[Any] = mapped_column(JSON, nullable=True)
    source: Mapped[Any] = mapped_column(JSON, nullable=True)
    type: Mapped[Any] = mapped_column(JSON, nullable=True)
    time: Mapped[Any] = mapped_column(JSON, nullable=True)
    payload: Mapped[Any] = mapped_column(JSON)
    #: A digest of what makes a repeat a repeat; null where nothing does.
    dedupe_key: Mapped[str | None] = mapped_column(Text, unique=True)
    #: The answer that the sender got, which a repeat gets again.
    answer: Mapped[Any] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    #: How many executions and events, one because of the other, led to this one; 0 where it came from outside.
    depth: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    #: The step that posted it; null where it came from outside.
    cause_execution_id: Mapped[str | None] = mapped_column(Id)
    cause_node_id: Mapped[str | None] = mapped_column(Text)


class Execution(Base):
    """
    One run of one version of one workflow.

    Whoever moves it holds this row's lock. A path that goes straight on needs none: see ``exchange``.
    """

    __tablename__ = "executions"
    __table_args__ = (
        # A graph in place is a part of its parent, and is not listed.
        Index("executions_listed", "id", postgresql_where=text("inside IS NULL")),
        Index("executions_by_workflow", "workflow_id", "id", postgresql_where=text("inside IS NULL")),
        # In the one status that most of them have, the newest are found among all.
        Index(
            "executions_by_status",
            "status",
            "id",
            postgresql_where=text("inside IS NULL AND status <> 'COMPLETED'"),
        ),
        Index("executions_by_lane", "lane", "id", postgresql_where=text("lane IS NOT NULL")),
        Index(
            "executions_by_event", "event_id", "id", postgresql_where=text("inside IS NULL AND event_id IS NOT NULL")
        ),
        Index(
            "executions_to_look_at",
            "look_at",
            postgresql_where=text("look_at IS NOT NULL AND status IN ('PENDING', 'RUNNING')"),
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
    #: The step that started it as a child, by its fan-out, and which of the children it is, from 0.
    fan_out_id: Mapped[str | None] = mapped_column(Id)
    item: Mapped[int | None] = mapped_column(Integer)
    #: The nodes, outermost first, whose graph in place it runs; null where it runs the workflow's own graph.
    inside: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: Steps that are READY, RUNNING or WAITING.
    open_steps: Mapped[int] = mapped_column(Integer, server_default="0")
    #: FAILED or CANCELLED while running handlers finish and compensations run.
    closing: Mapped[str | None] = mapped_column(Text)
    #: How often each loop was begun: ``{header: visits}``.
    visits: Mapped[Any] = mapped_column(JSON, nullable=True)
    output: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    error: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(Time)
    finished_at: Mapped[datetime | None] = mapped_column(Time)
    #: When the timekeeper should ask whether its first wake-up was lost; null once a worker has begun it, as long as it
    #: waits for a slot, and where nobody has started it. One that ends before a worker has begun it keeps it.
    look_at: Mapped[datetime | None] = mapped_column(Time)
    #: The lane that it runs in; null: no limit holds it.
    lane: Mapped[str | None] = mapped_column(Text)
    #: True while it waits for a slot of its lane: nothing of it begins.
    queued: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: An id of the moment at which it came into its lane, where it was made before; null: its own id is of that moment.
    arrival: Mapped[str | None] = mapped_column(Id)
    #: Who waits with a higher one goes first; of equals, who came first.
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    #: The lane that counts how many begin in its period; null: no rate is limited.
    rate: Mapped[str | None] = mapped_column(Text)
    #: When that lane let it in.
    admitted_at: Mapped[datetime | None] = mapped_column(Time)


class Lane(Base):
    """
    Executions of which only so many run at once, or begin in a period; they are counted from their own rows.

    Whoever adds an execution to a lane, or takes one out, locks this row first. The row may be missing where the lane
    is empty.
    """

    __tablename__ = "lanes"
    __table_args__ = (Index("lanes_to_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    #: The workflow whose ``concurrency`` says how many and what then; null: the next two say so themselves.
    workflow_id: Mapped[str | None] = mapped_column(Id)
    slots: Mapped[int] = mapped_column(Integer)
    on_limit: Mapped[str] = mapped_column(Text)
    #: Seconds in which so many may begin; null: so many may run at once.
    period: Mapped[float | None] = mapped_column(Double)
    #: When the timekeeper should see whether somebody waits for a slot that is free.
    look_at: Mapped[datetime | None] = mapped_column(Time)


class Window(Base):
    """Events that gather for one workflow, until it closes and one execution starts with all of them."""

    __tablename__ = "windows"
    __table_args__ = (Index("windows_to_close", "closes_at"),)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(Id)
    #: Seconds until it closes: from the first event, or (where ``longest`` is not null) from the last.
    period: Mapped[float] = mapped_column(Double)
    #: Seconds from the first event after which it closes in any case.
    longest: Mapped[float | None] = mapped_column(Double)
    #: Events with which it closes at once.
    size: Mapped[int] = mapped_column(Integer)
    events: Mapped[int] = mapped_column(Integer, server_default="0")
    bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    opened_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    closes_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class Gathered(Base):
    """One event in a window."""

    __tablename__ = "gathered"

    window_name: Mapped[str] = mapped_column(Text, primary_key=True)
    #: Grows as the events arrive.
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[str] = mapped_column(Id)
    bytes: Mapped[int] = mapped_column(Integer)
    gathered_at: Mapped[datetime] = mapped_column(Time, server_default=func.clock_timestamp())


class Step(Base):
    """One attempt at one node's turn in an execution."""

    __tablename__ = "steps"
    __table_args__ = (
        Index(
            "steps_to_look_at",
            "look_at",
            postgresql_where=text("look_at IS NOT NULL AND status IN ('READY', 'RUNNING', 'WAITING')"),
        ),
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
    #: The handle, or ``→`` and the node, that the step chose; null where it chose nothing.
    took: Mapped[str | None] = mapped_column(Text)
    #: What happens when ``due_at`` has come: ``run`` the handler again, ``complete`` with the output kept, or
    #: ``timeout``: no signal came, so take the handle of that name, or fail.
    resume: Mapped[str | None] = mapped_column(Text)
    #: True where no path leads on from here: its output is part of the execution's.
    is_last: Mapped[bool] = mapped_column(Boolean, server_default=false())
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
    look_at: Mapped[datetime | None] = mapped_column(Time)


class Tally(Base):
    """What has arrived at a join so far, or at the end of one turn of a loop; gone once all has."""

    __tablename__ = "tallies"

    execution_id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The node, or ``↺`` and the header for the edges that lead back.
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    taken: Mapped[int] = mapped_column(Integer, server_default="0")
    skipped: Mapped[int] = mapped_column(Integer, server_default="0")
    #: True once the node was started (or skipped) or the loop left.
    settled: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: Edges that leave the loop, held until it is left: ``{edge index: taken}``.
    held: Mapped[Any] = mapped_column(JSON, nullable=True)


class FanOut(Base):
    """The children of one step: how many there are to be, and how far they are."""

    __tablename__ = "fan_outs"
    __table_args__ = (Index("fan_outs_to_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: The step that waits for them.
    execution_id: Mapped[str] = mapped_column(Id, index=True)
    node_id: Mapped[str] = mapped_column(Text)
    visit: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer)
    #: What each child runs, and what its row takes from its parent's.
    workflow_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Integer)
    inside: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    event_id: Mapped[str | None] = mapped_column(Id)
    depth: Mapped[int] = mapped_column(SmallInteger)
    #: The payload that ``item`` and ``index`` are added to for each child; null where the items are whole payloads.
    base: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: True where the step's output is the list of theirs, False where it is that of the one child.
    collects: Mapped[bool] = mapped_column(Boolean)
    total: Mapped[int] = mapped_column(Integer)
    #: The items before this one have begun, or have completed in an earlier try.
    begun: Mapped[int] = mapped_column(Integer)
    ended: Mapped[int] = mapped_column(Integer, server_default="0")
    #: True where the newest change has begun another child, if an item was left.
    begins: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: True once no other child will begin: all have ended, one has failed, or nobody waits for them any more.
    closed: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: When the timekeeper should cancel the children that are left of one that is closed.
    look_at: Mapped[datetime | None] = mapped_column(Time)


class Item(Base):
    """What a child that has not begun yet will be given."""

    __tablename__ = "items"

    fan_out_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class Signal(Base):
    """What a waiting step was waiting for has come; gone as soon as the step has gone on."""

    __tablename__ = "signals"
    __table_args__ = (Index("signals_to_look_at", "look_at"),)

    execution_id: Mapped[str] = mapped_column(Id, primary_key=True)
    node_id: Mapped[str] = mapped_column(Text, primary_key=True)
    visit: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: What has come, ``children`` for one, and its id.
    kind: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Id)
    #: When the timekeeper should ask whether the wake-up was lost.
    look_at: Mapped[datetime] = mapped_column(Time)


class Wait(Base):
    """A step that waits for an event; gone as soon as one has come, or the step does not wait any more."""

    __tablename__ = "waits"
    __table_args__ = (
        Index("waits_by_key", "path", "key", "id"),
        Index("waits_to_look_back", "look_at", postgresql_where=text("look_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    execution_id: Mapped[str] = mapped_column(Id, index=True)
    node_id: Mapped[str] = mapped_column(Text)
    visit: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer)
    condition: Mapped[Any] = mapped_column(JSON)
    #: What the condition sees as ``$context`` and ``$steps``, as far as it names it.
    seen: Mapped[Any] = mapped_column(JSON)
    #: Where an event that fulfils the condition has which value; both empty where the condition does not say.
    path: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    #: The moment from which on events count.
    since: Mapped[datetime] = mapped_column(Time)
    #: Events that do not count: those that began the execution, and those that earlier visits of the node took.
    used: Mapped[list[str]] = mapped_column(ARRAY(Id))
    created_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))
    #: The last event that a look back, which is not done yet, has come to.
    reached: Mapped[str | None] = mapped_column(Id)
    #: When the first look back was done; until then, events that come are left to it where it will come to them.
    looked_at: Mapped[datetime | None] = mapped_column(Time)
    #: When to look back next; null once nothing can have been missed.
    look_at: Mapped[datetime | None] = mapped_column(Time)


class Unheard(Base):
    """An event that came while steps waited, and has not been held against all of them yet."""

    __tablename__ = "unheard"

    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    accepted_at: Mapped[datetime] = mapped_column(Time, server_default=text("clock_timestamp()"))
    #: The last of the waiting steps that it has been held against.
    reached: Mapped[str | None] = mapped_column(Id)


class Notification(Base):
    """What ``send_notification`` told whom."""

    __tablename__ = "notifications"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    execution_id: Mapped[str] = mapped_column(Id, index=True)
    node_id: Mapped[str] = mapped_column(Text)
    notified: Mapped[Any] = mapped_column(JSON, nullable=True)
    message: Mapped[Any] = mapped_column(JSON, nullable=True)
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


class Approval(Base):
    """A person's decision that a step waits for."""

    __tablename__ = "approvals"
    __table_args__ = (Index("approvals_by_status", "status", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    execution_id: Mapped[str] = mapped_column(Id, index=True)
    node_id: Mapped[str] = mapped_column(Text)
    visit: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text)
    title: Mapped[Any] = mapped_column(JSON, nullable=True)
    description: Mapped[Any] = mapped_column(JSON, nullable=True)
    context: Mapped[Any] = mapped_column(JSON, nullable=True)
    #: The only ones who may decide; none named: anybody.
    approvers: Mapped[Any] = mapped_column(JSON)
    #: How many different people have to approve.
    needed: Mapped[int] = mapped_column(Integer)
    #: ``{approved, approved_by, comment, at}``, in order.
    decisions: Mapped[Any] = mapped_column(JSON, server_default=text("'[]'"))
    created_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(Time)
    responded_at: Mapped[datetime | None] = mapped_column(Time)


class WorkerProcess(Base):
    """One main process of a worker, as long as it lives, and for a while after it was last heard of."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    #: Celery's name of the worker, ``celery@host``; two processes may share it by mistake.
    name: Mapped[str] = mapped_column(Text)
    #: The names of the queues that it consumes.
    queues: Mapped[Any] = mapped_column(JSON)
    started_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())
    #: When it last said that it lives.
    seen_at: Mapped[datetime] = mapped_column(Time, server_default=func.now())


#: Tables whose rows change often: how full a page is before that, in percent, so that what is new finds room in it.
FILLED = {"executions": 80, "lanes": 50, "windows": 50, "tallies": 50, "fan_outs": 50}
for name, percent in FILLED.items():
    filled = DDL(f"ALTER TABLE {name} SET (fillfactor = {percent})")
    event.listen(Base.metadata.tables[name], "after_create", filled)
