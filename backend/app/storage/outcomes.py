"""What became of an event: the executions that it started, alone or with others, and the windows that it waits in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, func, select, union_all
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.events import event_variables
from app.storage.ids import parse_id
from app.storage.models.backtests import RetroStart
from app.storage.models.events import EventRow, GatheredEvent
from app.storage.models.executions import Execution
from app.storage.models.flow_control import WindowEvent, WindowRow
from app.storage.pages import SMALL_DOCUMENT


class DecidedEvent(NamedTuple):
    """An event with all that its decisions depend on."""

    id: str
    received_at: datetime
    #: The catalog's revision that its triggers were those of; None: it came before revisions were kept.
    revision: int | None
    payload: Any
    #: ``$event`` as the triggers read it.
    variables: dict[str, Any]
    #: The response that the sender got.
    answer: dict[str, Any]


_EVENT: Any = (
    EventRow.id,
    EventRow.received_at,
    EventRow.catalog_revision,
    EventRow.payload,
    EventRow.external_id,
    EventRow.type,
    EventRow.source,
    EventRow.time,
    EventRow.attributes,
    EventRow.answer,
)


def select_decided_events() -> Any:
    """The query for rows of ``read_decided_event``."""
    return select(*_EVENT)


def read_decided_event(row: Any) -> DecidedEvent:
    """A row of ``select_decided_events``."""
    id, received_at, revision, payload, external_id, type, source, time, attributes, answer = row
    variables = event_variables(id, external_id, type, source, time, attributes, received_at)
    return DecidedEvent(id, received_at, revision, payload, variables, answer)


def fetch_decided_event(session: Session, id: str) -> DecidedEvent:
    """The event with this id. Raises NotFound."""
    row = session.execute(select_decided_events().where(EventRow.id == parse_id(id))).first()
    if row is None:
        raise NotFound.of("Event", id)
    return read_decided_event(row)


#: Events that one request looks through for those that no trigger matched.
MOST_SCANNED = 20_000


def list_unmatched(session: Session, *, after: str | None, limit: int) -> tuple[list[str], str | None]:
    """
    At most ``limit`` events older than ``after`` (None: from the newest on) that matched no trigger, newest first.

    Also the event after which the search goes on, because ``MOST_SCANNED`` were looked through or there are more; None:
    there are no more.
    """
    newest: Any = select(EventRow.id, EventRow.answer)
    if after is not None:
        newest = newest.where(EventRow.id < after)
    scanned = newest.order_by(EventRow.id.desc()).limit(MOST_SCANNED).subquery()
    is_unmatched = scanned.c.answer["matched"].as_string() == "0"
    found = session.scalars(select(scanned.c.id).where(is_unmatched).order_by(scanned.c.id.desc()).limit(limit + 1))
    ids = [*found]
    if len(ids) > limit:
        return ids[:limit], ids[limit - 1]
    last = session.scalar(select(scanned.c.id).order_by(scanned.c.id).offset(0).limit(1))
    count = session.scalar(select(func.count()).select_from(scanned))
    return ids, last if count == MOST_SCANNED else None


def fetch_decided_events(session: Session, ids: Sequence[str]) -> list[DecidedEvent]:
    """These events, newest first."""
    rows = session.execute(select_decided_events().where(EventRow.id.in_(ids)).order_by(EventRow.id.desc()))
    return [read_decided_event(row) for row in rows]


def list_recent_events(session: Session, since: datetime | None, *, limit: int) -> list[DecidedEvent]:
    """The newest events since a moment (None: of any age); those with large payloads are left out."""
    query = select_decided_events().where(func.octet_length(cast(EventRow.payload, Text)) <= SMALL_DOCUMENT)
    if since is not None:
        query = query.where(EventRow.received_at >= since)
    return [read_decided_event(row) for row in session.execute(query.order_by(EventRow.id.desc()).limit(limit))]


class StartedExecution(NamedTuple):
    """An execution that an event started."""

    id: str
    workflow_id: str
    status: str
    queued: bool
    #: Events that started it together; 1: it was this event alone.
    events: int


def list_started(session: Session, event_id: str) -> list[StartedExecution]:
    """The executions that an event started, alone or together with others; also those that were started afterwards."""
    columns: Any = (Execution.id, Execution.workflow_id, Execution.status, Execution.queued)
    together = select(func.count()).where(GatheredEvent.execution_id == Execution.id).correlate(Execution)
    size = func.greatest(together.scalar_subquery(), 1)
    is_own = (Execution.fan_out_id.is_(None), Execution.test.is_(None))
    alone = select(*columns, size).where(Execution.event_id == event_id, *is_own)
    joined = select(*columns, size).join(GatheredEvent, GatheredEvent.execution_id == Execution.id)
    rows = session.execute(union_all(alone, joined.where(GatheredEvent.event_id == event_id)))
    return [*{row[0]: StartedExecution(*row) for row in rows}.values()]


class OpenWindow(NamedTuple):
    """A window in which an event waits."""

    name: str
    workflow_id: str
    #: Events in it, this one included.
    events: int
    closes_at: datetime


def list_open_windows(session: Session, event_id: str, names: Sequence[str]) -> list[OpenWindow]:
    """Those of these windows in which the event still waits."""
    columns: Any = (WindowRow.name, WindowRow.workflow_id, WindowRow.events, WindowRow.closes_at)
    query = select(*columns).join(WindowEvent, WindowEvent.window_name == WindowRow.name)
    rows = session.execute(query.where(WindowRow.name.in_(names), WindowEvent.event_id == event_id))
    return [OpenWindow(*row) for row in rows]


class Retro(NamedTuple):
    """An event that was given to a workflow afterwards."""

    event_id: str
    workflow_id: str
    execution_id: str | None
    backtest_id: str | None
    outcome: str | None
    message: str | None
    started_at: datetime


_RETRO: Any = tuple(getattr(RetroStart, name) for name in Retro._fields)


def list_retro_starts(session: Session, event_id: str) -> list[Retro]:
    """The workflows that an event was given to afterwards."""
    return [Retro(*row) for row in session.execute(select(*_RETRO).where(RetroStart.event_id == event_id))]


def fetch_retro_start(session: Session, execution_id: str, workflow_id: str) -> Retro | None:
    """How an execution was started afterwards, by the first of its events if there are several; None: it was not."""
    alone = select(*_RETRO).where(RetroStart.execution_id == execution_id)
    gathered = select(*_RETRO).join(GatheredEvent, GatheredEvent.event_id == RetroStart.event_id)
    together = gathered.where(GatheredEvent.execution_id == execution_id, RetroStart.workflow_id == workflow_id)
    first = together.order_by(RetroStart.event_id).limit(1)
    row = session.execute(alone).first() or session.execute(first).first()
    return None if row is None else Retro(*row)
