"""Retro-fire: events of the past start the workflow that should have started, each once ever, through flow control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.errors import Conflict, NotFound
from app.flow_control.spec import read_flow
from app.storage import catalog, retro
from app.storage.access.audit import Deed, text_of_deed
from app.storage.catalog import CatalogEntry
from app.storage.database import ConnectionPool, Cursor, driver, transaction
from app.storage.flow_control import lanes, windows
from app.storage.json_text import loads
from app.storage.retro import PastPayload
from app.triggers.admission import Admission, Admissions, admissions_of
from app.triggers.fire import Fired, admitting
from app.triggers.triggers import Decisions


@dataclass(frozen=True)
class RetroStarted:
    """What became of one event that was given to a workflow."""

    event_id: str
    #: None if it was dropped or gathered, or if nothing was done yet.
    execution_id: str | None = None
    outcome: str | None = None
    message: str | None = None


@dataclass
class Firing:
    """What a request to fire did, or would do."""

    started: list[RetroStarted] = field(default_factory=list)
    #: Events that were left out: they were given to the workflow before.
    skipped: int = 0
    #: Events whose key of flow control cannot be computed, each with a sentence; nothing was started for them.
    errors: list[tuple[str, str]] = field(default_factory=list)
    #: What is to be done after the commits.
    fired: list[Fired] = field(default_factory=list)


def parse_pace(text: str | None) -> float:
    """The seconds between two starts of a pace: ``10/s``, ``30/m`` or ``100/h``; 0 without one. Raises ValueError."""
    if text is None:
        return 0.0
    count, slash, unit = text.partition("/")
    seconds = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(unit.strip())
    if not slash or seconds is None or not count.strip().isdecimal() or not 1 <= int(count) <= 1000:
        raise ValueError("give a number from 1 to 1000 and a unit: 10/s, 30/m or 100/h")
    return seconds / int(count)


def list_candidates(
    engine: ConnectionPool, event_ids: Iterator[list[str]], workflow_id: str, limit: int
) -> tuple[list[str], int]:
    """The first ``limit`` of these events that the workflow was not given yet, and how many were left out before."""
    chosen: list[str] = []
    skipped = 0
    with driver(engine) as connection, connection.cursor() as cursor:
        for ids in event_ids:
            taken = retro.list_claimed(cursor, ids, workflow_id) | retro.list_started_live(cursor, ids, workflow_id)
            for id in ids:
                if len(chosen) == limit:
                    return chosen, skipped
                if id in taken:
                    skipped += 1
                else:
                    chosen.append(id)
    return chosen, skipped


def fire_events(
    engine: ConnectionPool,
    event_ids: list[str],
    workflow_id: str,
    *,
    backtest_id: str | None,
    step: float,
    grace: float,
    deed: Deed | None = None,
) -> Firing:
    """
    Give these events to a workflow, each in a transaction of its own; ``step`` is the seconds between two starts.

    ``deed`` is recorded in the transaction of the first event that is given to it.
    """
    firing = Firing()
    for event_id in event_ids:
        delay = step * len(firing.started)
        try:
            with transaction(engine) as cursor:
                started = start_event(
                    cursor, event_id, workflow_id, backtest_id=backtest_id, delay=delay, grace=grace, fired=firing.fired
                )
                if started is not None and not firing.started and deed is not None:
                    cursor.execute(text_of_deed(cursor, deed))
        except Conflict as error:
            firing.errors.append((event_id, str(error)))
            continue
        if started is None:
            firing.skipped += 1
        else:
            firing.started.append(started)
    return firing


def start_event(
    cursor: Cursor,
    event_id: str,
    workflow_id: str,
    *,
    backtest_id: str | None,
    delay: float,
    grace: float,
    fired: list[Fired],
) -> RetroStarted | None:
    """
    Give one event to a workflow inside an open transaction; None if the workflow was given it before.

    Locks are taken in this order: the catalog, the claim, windows, lanes. Raises NotFound, TooLarge, InvalidInput.
    """
    catalog.hold_revision(cursor)
    entry = catalog.fetch_entry(cursor, workflow_id)
    if entry is None:
        raise NotFound.of("Workflow", workflow_id)
    event = retro.fetch_past_event(cursor, event_id)
    if event is None:
        raise NotFound.of("Event", event_id)
    if retro.list_started_live(cursor, [event.id], workflow_id):
        return None
    if not retro.claim_retro_start(cursor, event.id, workflow_id, backtest_id):
        return None
    admission, done = _admit_event(cursor, entry, event, delay, grace)
    fired.append(done)
    started = RetroStarted(event.id, admission.id if admission.starts else None, admission.outcome, admission.message)
    retro.note_outcome(
        cursor,
        event.id,
        workflow_id,
        execution_id=started.execution_id,
        outcome=started.outcome,
        message=started.message,
    )
    return started


def _admit_event(
    cursor: Cursor, entry: CatalogEntry, event: PastPayload, delay: float, grace: float
) -> tuple[Admission, Fired]:
    """Pass an event through the flow control of a workflow, as one that comes now."""
    flow = read_flow(entry.flow)
    flows = {} if flow is None else {entry.workflow_id: flow}
    admissions = admissions_of(Decisions([entry], []), flows, loads(event.payload))
    if admissions.errors:
        raise Conflict(f"Event {event.id} cannot be given to the workflow {entry.name}: {admissions.errors[0][1]}")
    with admitting(cursor, admissions, inside=True):
        started = admissions.executions()
        if started.ids:
            retro.start_for_event(cursor, started, event.id, delay=delay or grace)
        full = _add_to_windows(cursor, admissions, event)
        behind = [id for lane in admissions.lanes_with_backlog for id in lanes.admit_next(cursor, lane, grace=grace)]
    begins = [] if delay else admissions.beginning
    return admissions.all[0], Fired("", [*begins, *behind], admissions.lanes_over_limit, full)


def _add_to_windows(cursor: Cursor, admissions: Admissions, event: PastPayload) -> list[str]:
    names = [window.name for window in admissions.windows]
    return windows.add_event(cursor, names, event.id, size=len(event.payload)) if names else []
