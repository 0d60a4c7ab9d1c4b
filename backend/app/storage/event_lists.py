"""Events as they are shown, one or a page of them, with their repeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.ids import parse_id
from app.storage.models.events import EventRepeat, EventRow, GatheredEvent
from app.storage.models.executions import Execution
from app.storage.models.workflows import Workflow
from app.storage.pages import Page, PageOf, bytes_of, choose_ids, document, left_out


class ShownEvent(NamedTuple):
    """An event as it is shown; documents are JSON text."""

    id: str
    external_id: Any
    type: Any
    source: Any
    time: Any
    attributes: dict[str, Any] | None
    received_at: datetime
    cause_execution_id: str | None
    cause_node_id: str | None
    payload: str | None
    #: Bytes of a payload that was left out.
    payload_bytes: int | None
    executions: str | None
    held: str | None
    #: The executions that it started together with others.
    gathered: str | None
    #: The catalog's revision that its triggers were those of.
    revision: int | None


def _shown(*, full: bool) -> Any:
    """The columns of ShownEvent."""
    columns: Any = (
        EventRow.id,
        EventRow.external_id,
        EventRow.type,
        EventRow.source,
        EventRow.time,
        EventRow.attributes,
        EventRow.received_at,
        EventRow.cause_execution_id,
        EventRow.cause_node_id,
        document(EventRow.payload, full=full),
        left_out(EventRow.payload, full=full),
        cast(EventRow.answer["executions"], Text),
        cast(EventRow.answer["held"], Text),
        _select_gathered_executions(),
        EventRow.catalog_revision,
    )
    return select(*columns)


def _select_gathered_executions() -> Any:
    """The executions that an event started together with others, as a JSON array."""
    entry = func.json_build_object(
        "id", Execution.id, "workflow_id", Execution.workflow_id, "workflow_name", Workflow.name
    )
    query: Any = select(cast(func.json_agg(aggregate_order_by(entry, Execution.id)), Text))
    joined = query.join(GatheredEvent, GatheredEvent.execution_id == Execution.id)
    return (
        joined.join(Workflow, Workflow.id == Execution.workflow_id)
        .where(GatheredEvent.event_id == EventRow.id)
        .correlate(EventRow)
        .scalar_subquery()
    )


def get_event(session: Session, id: str) -> ShownEvent:
    """The event with this id. Raises NotFound."""
    row = session.execute(_shown(full=True).where(EventRow.id == parse_id(id))).first()
    if row is None:
        raise NotFound.of("Event", id)
    return ShownEvent(*row)


def list_events(session: Session, page: Page, bounds: Sequence[Any] = ()) -> PageOf[ShownEvent]:
    """Events within these bounds of ids, newest first."""
    id = EventRow.__table__.c.id
    if not page.full:
        return page.cut([ShownEvent(*row) for row in session.execute(page.of(_shown(full=False).where(*bounds), id))])
    sizes: Any = select(EventRow.id, bytes_of(EventRow.payload)).where(*bounds)
    ids, more = choose_ids(session, page, sizes, id)
    return PageOf(fetch_events(session, ids, full=True), more)


def fetch_events(session: Session, ids: Sequence[str], *, full: bool) -> list[ShownEvent]:
    """These events, newest first."""
    id = EventRow.__table__.c.id
    rows = session.execute(_shown(full=full).where(EventRow.id.in_(ids)).order_by(id.desc()))
    return [ShownEvent(*row) for row in rows]


def list_repeats(session: Session, event_id: str) -> Sequence[datetime]:
    """When an event was repeated, the first ``MOST_REPEATS`` times."""
    kept = select(EventRepeat.posted_at).where(EventRepeat.event_id == event_id)
    return session.scalars(kept.order_by(EventRepeat.posted_at)).all()
