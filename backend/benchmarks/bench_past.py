"""
A backtest over 50,000 events of 1 kB in one process, and the decisions of one event against 10,000 workflows.

``python -m benchmarks past``.
"""

from __future__ import annotations

import json
import os
import random
import time
from datetime import datetime, timezone
from statistics import median
from typing import Any

from app.api.views.decisions import show_decision
from app.settings import Settings
from app.storage import events
from app.storage.backtests import backtests
from app.storage.backtests.backtests import NewBacktest
from app.storage.database import driver, fetch_row
from app.storage.engine import make_engine
from app.storage.events import NewEvent, Started
from app.storage.ids import new_id
from app.storage.orm import make_sessions
from app.storage.outcomes import fetch_decided_event
from app.storage.prepared import PreparedStatement
from app.why.backtest.work import work_on_backtests
from app.why.decisions import listing
from app.why.past import PastTriggers
from benchmarks.bench_triggers import make_trigger
from benchmarks.stage import cursor

EVENTS = 50_000
WORKFLOWS = 10_000
#: Events of one turn of the comparison, and turns.
ACCEPTED, TURNS = 500, 9
ANSWER = '{"matched": 0, "executions": [], "errors": []}'
RULE = {"and": [{"==": [{"var": "lead.source"}, "LinkedIn"]}, {">": [{"var": "lead.score"}, 60]}]}
BASELINE = {"and": [{"==": [{"var": "lead.source"}, "LinkedIn"]}, {">": [{"var": "lead.score"}, 75]}]}


def make_payload(number: int, size: int) -> str:
    """A lead as JSON text of about ``size`` bytes."""
    lead = {"source": "LinkedIn" if number % 3 else "ad", "score": number % 100, "name": "Ada", "tags": ["a", "b"]}
    payload: dict[str, Any] = {"lead": lead, "company": {"name": "Lovelace Ltd", "size": number % 500}}
    parts = max((size - len(json.dumps(payload))) // 42, 0)
    payload["notes"] = {f"note{part}": "a sentence of thirty characters" for part in range(parts)}
    return json.dumps(payload)


def fill_events(on: Any, size: int) -> None:
    """The events of the past, each with ``size`` bytes."""
    on.execute("TRUNCATE events")
    for start in range(0, EVENTS, 5000):
        rows = [(new_id(), make_payload(number, size)) for number in range(start, start + 5000)]
        on.execute(
            "INSERT INTO events (id, payload, answer, catalog_revision)"
            ' SELECT id, payload, \'{"matched": 0, "executions": [], "errors": []}\', 1'
            " FROM unnest(%s::uuid[], %s::json[]) AS e (id, payload)",
            ([id for id, _ in rows], [payload for _, payload in rows]),
        )
    on.execute("ANALYZE events")


def backtest_rate(engine: Any, baseline: Any) -> float:
    """Decisions a second, as the events of a backtest times the number of its rules."""
    on = make_sessions(engine)
    with cursor() as raw, on() as session, session.begin():
        raw.execute("SELECT min(received_at), clock_timestamp() FROM events")
        first, now = raw.fetchone()
        workflow = new_id() if baseline is not None else None
        new = NewBacktest(RULE, workflow, "current" if baseline else None, None, baseline, None, first, now)
        id = backtests.create_backtest(session, new)
    start = time.perf_counter()
    while work_on_backtests(engine):
        pass
    took = time.perf_counter() - start
    with on() as session:
        found = backtests.get_backtest(session, id)
        if found.status != "COMPLETED" or backtests.read_progress(session, id).done != EVENTS:
            raise RuntimeError(f"The backtest is {found.status}: {found.error}")
    return EVENTS * (1 if baseline is None else 2) / took


def fill_workflows(on: Any) -> None:
    chance = random.Random(1)
    rows = [(new_id(), json.dumps(make_trigger(number, chance))) for number in range(WORKFLOWS)]
    on.execute(
        "INSERT INTO workflows (id, kind, name, trigger, document, is_active, catalog_revision)"
        " SELECT id, 'graph', 'w', trigger, '{}', true, 1 FROM unnest(%s::uuid[], %s::json[]) AS w (id, trigger)",
        ([id for id, _ in rows], [trigger for _, trigger in rows]),
    )
    on.execute("ANALYZE workflows, trigger_revisions")


def decide_milliseconds(engine: Any, event_id: str) -> tuple[float, float, float]:
    """The time of a page of 50: in a process that is asked first, then nearest first, then newest first."""
    on, past = make_sessions(engine), PastTriggers()

    def page(near: bool) -> float:
        start = time.perf_counter()
        with on() as session:
            event = fetch_decided_event(session, event_id)
            found = listing.decide_all(event, past.list_at(session, event.revision or 0))
            if near:
                found = listing.sort_by_distance(event, found)
            rows = listing.measure_all(event, listing.page_after(found, None, 50)[0])
            json.dumps([show_decision(event, row) for row in rows])
        return (time.perf_counter() - start) * 1000

    return page(True), median(page(True) for _ in range(5)), median(page(False) for _ in range(5))


def keeping_ratio(engine: Any) -> float:
    """Events accepted a second, as a part of those without ``catalog_revision``; by turns, each its own statement."""
    kept = events._ACCEPT
    bare = PreparedStatement(
        "accept_bare",
        kept.types,
        kept.source.replace(", catalog_revision)", ")").replace("%(cause_node_id)s, revision\n", "%(cause_node_id)s\n"),
    )
    with driver(engine) as connection, connection.cursor() as on:
        on.execute("SELECT revision FROM catalog")
        revision = fetch_row(on)[0]

        def accept(statement: PreparedStatement) -> float:
            events._ACCEPT = statement
            start = time.perf_counter()
            for number in range(ACCEPTED):
                event = NewEvent(new_id(), datetime.now(timezone.utc), make_payload(number, 300))
                reply = events.accept_event(on, event, Started(), answer=ANSWER, revision=revision, grace=5.0)
                if not reply.accepted:
                    raise RuntimeError("An event was not accepted.")
            return time.perf_counter() - start

        accept(kept), accept(bare)
        ratios = [accept(bare) / accept(kept) for _ in range(TURNS)]
    return median(ratios)


def main() -> None:
    engine = make_engine(Settings(database_url=os.environ["DATABASE_URL"]))
    with cursor() as on:
        for size in (1000, 150):
            fill_events(on, size)
            backtest_rate(engine, None)
            rates = [backtest_rate(engine, baseline) for baseline in (None, BASELINE)]
            print(f"backtest, events of {size:5} B, one rule       {rates[0]:9.0f} decisions/s")
            print(f"backtest, events of {size:5} B, two rules      {rates[1]:9.0f} decisions/s")
        print(f"events accepted, with their revision          {keeping_ratio(engine):9.2f} of those without")
        fill_workflows(on)
        on.execute("SELECT id::text FROM events LIMIT 1")
        cold, near, newest = decide_milliseconds(engine, on.fetchone()[0])
    print(f"decisions of 10,000 workflows, first time     {cold:9.0f} ms")
    print(f"decisions of 10,000 workflows, nearest first  {near:9.0f} ms")
    print(f"decisions of 10,000 workflows, newest first   {newest:9.0f} ms")


if __name__ == "__main__":
    main()
