"""Matching: in order, in slices, by one at a time, and without a gap between waiting and coming."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from app.engine.waiting import events as events_module
from app.engine.waiting.events import CANDIDATES, Matcher
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from app.storage.database import driver
from app.storage.events import NewEvent
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.storage.waiting import subscriptions as statements
from app.triggers.fire import fire_event, try_fire
from app.triggers.triggers import TriggerCache
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, stack, worker_context
from tests.servers import Databases

PAID = {"==": [{"var": "paid"}, True]}
#: Of a list of 800 numbers: true, after a good part of what a condition may work.
SLOW = {"==": [{"reduce": [{"var": "list"}, {"reduce": [list(range(100)), {"+": [0, 1]}, 0]}, 0]}, 1]}


class Quiet:
    """A stack without workers: what workers would do, a test does step by step."""

    def __init__(self, opened: Stack, engine: Any) -> None:
        self.stack = opened
        self.engine = engine
        self.woken: list[WakeUp] = []
        self.publisher = Publisher(self.woken.extend)
        self.worker = worker_context(engine, self.publisher)

    def wait(self, condition: Any = PAID, **data: Any) -> str:
        """An execution whose step waits; it has not looked back."""
        wait = node("wait_for_event", condition=condition, **data)
        (id,) = self.stack.accept(graph("start>wait>after", wait=wait))
        self.worker.walk([WakeUp(id)])
        return id

    def waits(self, count: int, condition: Any) -> None:
        """Rows as so many steps leave them, which have looked back."""
        self.stack.execute(
            "INSERT INTO subscriptions (id, execution_id, node_id, visit, attempt, condition, variables,"
            " correlation_path, correlation_key, since, ignored_events,"
            " scanned_at) SELECT gen_random_uuid(), gen_random_uuid(), 'wait', 1, 1, %s,"
            " json_build_object('$context', json_build_object('n', n)), '', '', now(), '{}', now()"
            " FROM generate_series(1, %s) n",
            (dumps(condition), count),
        )

    def event(self, payload: Any) -> NewEvent:
        return NewEvent(new_id(), datetime.now(timezone.utc), dumps(payload))

    def post(self, payload: Any) -> str:
        event = self.event(payload)
        fire_event(self.engine, TriggerCache(), event, payload, grace=1)
        return event.id

    def match(self) -> None:
        Matcher(self.worker).match()

    def signals(self) -> dict[str, str]:
        """Events by the executions that were told of them."""
        return {row.execution_id: row.ref for row in self.stack.rows("SELECT * FROM signals")}

    def count(self, what: str) -> int:
        return int(self.stack.rows(f"SELECT count(*) AS n FROM {what}")[0].n)


@pytest.fixture
def quiet(servers: Servers, databases: Databases, tmp_path: Path) -> Iterator[Quiet]:
    with stack(servers, databases, tmp_path) as opened, opened.engine() as engine:
        yield Quiet(opened, engine)


@pytest.fixture(autouse=True)
def one_shift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matching goes on to its end, however slow the machine is."""
    monkeypatch.setattr(events_module, "SHIFT_SECONDS", 600)


@contextmanager
def accepting(quiet: Quiet, payload: Any) -> Iterator[str]:
    """An event whose transaction is open."""
    event = quiet.event(payload)
    with driver(quiet.engine) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        book = TriggerCache()
        assert try_fire(cursor, book, event, payload, 1) is None
        assert try_fire(cursor, book, event, payload, 1) is not None
        yield event.id
        cursor.execute("COMMIT")


def test_event_accepted_while_a_wait_begins_is_found(quiet: Quiet) -> None:
    with accepting(quiet, {"paid": True}) as event:
        id = quiet.wait(lookback="1m")
        quiet.match()
        assert quiet.signals() == {}
        assert quiet.count("unmatched_events") == 0

    def found() -> bool:
        quiet.match()
        return quiet.signals() == {id: event}

    assert wait_until(found, seconds=20)


def test_lookback_ends_after_older_transactions(quiet: Quiet) -> None:
    with accepting(quiet, {"paid": False}):
        quiet.wait()
        quiet.match()
        quiet.stack.execute("UPDATE subscriptions SET next_check_at = now()")
        quiet.match()
        assert quiet.count("subscriptions WHERE next_check_at IS NOT NULL") == 1

    quiet.stack.execute("UPDATE subscriptions SET next_check_at = now()")
    quiet.match()

    assert quiet.count("subscriptions WHERE next_check_at IS NULL") == 1


def test_event_before_the_first_lookback_is_found(quiet: Quiet) -> None:
    id = quiet.wait()
    event = quiet.post({"paid": True})

    quiet.match()

    assert quiet.signals() == {id: event}
    assert quiet.count("unmatched_events") == 0


def test_earliest_event_is_used(quiet: Quiet) -> None:
    other = quiet.wait({"==": [1, 2]})
    first = quiet.post({"paid": True})
    quiet.match()
    id = quiet.wait(lookback="1m")
    quiet.post({"paid": True})

    quiet.match()

    assert quiet.signals() == {id: first}
    assert quiet.count(f"subscriptions WHERE execution_id = '{other}'") == 1


def test_skewed_clocks_lose_no_event(quiet: Quiet) -> None:
    id = quiet.wait()
    quiet.match()
    event = NewEvent(new_id(), datetime(2020, 1, 1, tzinfo=timezone.utc), dumps({"paid": True}))
    fire_event(quiet.engine, TriggerCache(), event, {"paid": True}, grace=1)

    quiet.match()

    assert quiet.signals() == {id: event.id}


def test_event_matched_before_lookback_is_not_lost(quiet: Quiet) -> None:
    event = quiet.event({"paid": True})  # received
    id = quiet.wait()
    fire_event(quiet.engine, TriggerCache(), event, {"paid": True}, grace=1)
    quiet.stack.execute("UPDATE subscriptions SET next_check_at = now() + interval '1 hour'")

    quiet.match()

    assert quiet.count("unmatched_events") == 0
    assert quiet.signals() == {id: event.id}


def test_event_behind_a_sliced_lookback_is_found(quiet: Quiet) -> None:
    event = quiet.event({"paid": True})  # received
    newer = quiet.post({})
    id = quiet.wait(lookback="1m")
    quiet.stack.execute("UPDATE subscriptions SET scanned_to = %s", (newer,))
    fire_event(quiet.engine, TriggerCache(), event, {"paid": True}, grace=1)

    quiet.match()

    assert quiet.signals() == {id: event.id}


def test_sliced_lookback_is_repeated(quiet: Quiet) -> None:
    with accepting(quiet, {"paid": True}) as event:
        newer = quiet.post({})
        id = quiet.wait(lookback="1m")
        quiet.stack.execute("UPDATE subscriptions SET scanned_to = %s", (newer,))
    quiet.match()
    quiet.stack.execute("UPDATE subscriptions SET next_check_at = now() WHERE next_check_at IS NOT NULL")

    quiet.match()

    assert quiet.signals() == {id: event}


def test_event_is_matched_with_steps_of_several_reads(quiet: Quiet) -> None:
    quiet.waits(2 * CANDIDATES + 500, {"<=": [{"var": "$context.n"}, {"var": "most"}]})
    quiet.post({"most": CANDIDATES + 300})
    quiet.post({"most": CANDIDATES + 400})

    quiet.match()

    assert quiet.count("signals") == CANDIDATES + 400
    assert sorted(quiet.stack.rows("SELECT count(*) AS n FROM signals GROUP BY ref"), key=lambda row: row.n) == [
        *quiet.stack.rows("SELECT 100 AS n"),
        *quiet.stack.rows("SELECT %s AS n", (CANDIDATES + 300,)),
    ]
    assert quiet.count("unmatched_events") == 0
    assert wait_until(lambda: len(quiet.woken) == CANDIDATES + 400, seconds=20)


@pytest.mark.parametrize("before", [False, True])
def test_slow_conditions_take_several_slices_and_come_to_an_end(quiet: Quiet, before: bool) -> None:
    payload = {"list": list(range(800))}
    quiet.waits(12, SLOW)
    if before:
        quiet.wait({"==": [1, 2]})
        quiet.post(payload)
        quiet.stack.execute("DELETE FROM unmatched_events")
        quiet.stack.execute(
            "UPDATE subscriptions SET scanned_at = NULL, next_check_at = now(), since = now() - interval '30 seconds'"
        )
    else:
        quiet.post(payload)

    quiet.match()

    assert quiet.count("signals") == 12
    assert quiet.count("unmatched_events") == 0


def test_several_that_match_at_once_tell_each_step_once(quiet: Quiet) -> None:
    quiet.waits(500, PAID)
    for _ in range(20):
        quiet.post({"paid": True})
    threads = [threading.Thread(target=quiet.match) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert quiet.count("unmatched_events") == 0
    assert quiet.count("signals") == 500
    assert wait_until(lambda: len(quiet.woken) == 500, seconds=20)


def test_second_matcher_does_nothing_while_the_first_works(quiet: Quiet) -> None:
    quiet.waits(1, PAID)
    quiet.post({"paid": True})

    with driver(quiet.engine) as connection, connection.cursor() as cursor:
        assert statements.lock_matching(cursor)
        quiet.match()
        assert quiet.count("signals") == 0
        cursor.execute("COMMIT")
    quiet.match()

    assert quiet.count("signals") == 1


def test_deleted_event_stops_no_execution(quiet: Quiet) -> None:
    quiet.waits(1, PAID)
    gone = quiet.post({"paid": True})
    quiet.stack.execute("DELETE FROM events WHERE id = %s", (gone,))
    quiet.post({"paid": True})

    quiet.match()

    assert quiet.count("signals") == 1


def test_events_are_not_matched_without_waiting_steps(quiet: Quiet) -> None:
    quiet.post({"paid": True})

    assert quiet.count("unmatched_events") == 0


def test_large_events_are_matched_in_several_transactions(quiet: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "MAX_BYTES", 1000)
    ids = [quiet.wait({"==": [{"var": "number"}, number]}) for number in range(3)]
    quiet.match()
    events = [quiet.post({"number": number, "text": "x" * 900}) for number in range(3)]

    with driver(quiet.engine) as connection, connection.cursor() as cursor:
        read = statements.unmatched_events(cursor, 100, most=events_module.MAX_BYTES)
    quiet.match()

    assert [event.id for event in read] == events[:2]
    assert quiet.signals() == dict(zip(ids, events, strict=True))


def test_subscriptions_with_large_variables_are_all_matched(quiet: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "MAX_BYTES", 50)
    condition = {"and": [PAID, {"!=": [{"var": "$context.n"}, "x" * 100]}]}
    quiet.waits(5, condition)
    quiet.post({"paid": True})

    quiet.match()

    assert quiet.stack.rows("SELECT count(*) AS n FROM signals")[0].n == 5
    assert quiet.stack.rows("SELECT count(*) AS n FROM unmatched_events")[0].n == 0


def test_matching_leaves_the_queue_to_others_after_a_shift(quiet: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "SHIFT_SECONDS", 0)
    monkeypatch.setattr(events_module, "EVENTS", 1)
    asked = threading.Event()
    quiet.worker.publisher._ask_to_match = asked.set
    id = quiet.wait(lookback="1m")
    quiet.match()
    quiet.post({})
    quiet.post({"paid": True})

    quiet.match()

    assert (quiet.count("unmatched_events"), quiet.signals()) == (1, {})
    assert asked.wait(20)
    quiet.match()
    assert list(quiet.signals()) == [id]
