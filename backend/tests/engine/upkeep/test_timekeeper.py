"""The timekeeper: backlogs never multiply, each due thing is claimed once, and an idle one asks for little."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

import psycopg2.extensions
import pytest
from sqlalchemy import event

from app.engine.config import EngineConfig
from app.engine.upkeep.timekeeper import Timekeeper
from app.engine.wakeups.message import WakeUp, pack_messages
from app.scripts.stack.processes import wait_until
from tests.engine.upkeep.keeper import NOTHING, timekeeper
from tests.faults.conftest import fresh, make_stack
from tests.long import LONG
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack

__all__ = ["fresh", "make_stack"]

NAP = graph("start>a", a=node("nap"))


def pretend_time(stack: Stack, seconds: float) -> None:
    """As if this much more time had passed for every row that is to be checked."""
    for table, columns in {
        "steps": ("next_check_at", "created_at", "woken_at"),
        "executions": ("next_check_at", "created_at", "woken_at"),
        "signals": ("next_check_at", "woken_at"),
    }.items():
        sets = ", ".join(f"{column} = {column} - %(by)s * interval '1 second'" for column in columns)
        stack.execute(f"UPDATE {table} SET {sets} WHERE next_check_at IS NOT NULL", {"by": seconds})


def wait_for_event(stack: Stack, count: int) -> list[str]:
    """Executions whose only step waits for an event, and has a signal that it has come."""
    ids = stack.accept(graph("start>w", w=node("wait_for_event", condition=True)), count=count)
    stack.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, resume)"
        " SELECT id, 'w', 1, 1, gen_random_uuid(), 'wait_for_event', 'WAITING', 'timeout' FROM executions;"
        "UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL;"
        "INSERT INTO signals (execution_id, node_id, visit, attempt, kind, ref, next_check_at)"
        " SELECT execution_id, node_id, visit, attempt, 'event', gen_random_uuid(), now() FROM steps"
    )
    return ids


class SimulatedQueue:
    """A queue of messages in the order of publication, of which a fleet that is behind takes few."""

    def __init__(self) -> None:
        self.messages: list[tuple[float, list[WakeUp]]] = []
        #: Seconds by which the simulated clock is ahead.
        self.ahead = 0.0

    def publish(self, wake_ups: list[WakeUp]) -> None:
        self.messages.append((time.time() + self.ahead, wake_ups))

    def consumed_until(self, queue: str | None) -> float:
        """In the database's time, in which rows become older instead of the clock going on."""
        oldest = self.messages[0][0] if self.messages else time.time() + self.ahead
        return oldest - self.ahead

    @property
    def wake_ups(self) -> int:
        return sum(len(message) for _, message in self.messages)


#: Ends what a wake-up of each kind is about, as a worker that takes its message does.
DONE = {
    "executions": "UPDATE executions SET status = 'COMPLETED', next_check_at = NULL WHERE id = ANY(%s::uuid[])",
    "signals": "DELETE FROM signals WHERE execution_id = ANY(%s::uuid[])",
    "steps": "DELETE FROM steps WHERE execution_id = ANY(%s::uuid[])",
}


@pytest.mark.parametrize(
    ("kind", "count"),
    [("executions", 10_000), ("signals", 5000), ("steps", 5000), pytest.param("executions", 100_000, marks=LONG)],
)
def test_fleet_an_hour_behind_publishes_nothing_twice(fresh: Stack, kind: str, count: int) -> None:
    queue = SimulatedQueue()
    # The API has published each of them once; the fleet takes a twentieth of the queue in a round.
    for message in pack_messages([WakeUp(id) for id in waiting_rows(fresh, kind, count)]):
        queue.publish(message)
    taken = len(queue.messages) // 20

    with timekeeper(fresh, [], consumed_until=queue.consumed_until, config=EngineConfig(grace=5)) as keeper:
        keeper.worker.publisher._send = queue.publish
        for seconds in (6, 30, 120, 600, 3000):
            done = [wake_up.execution_id for _, each in queue.messages[:taken] for wake_up in each]
            fresh.execute(DONE[kind], (done,))
            del queue.messages[:taken]
            queue.ahead += seconds
            pretend_time(fresh, seconds)
            keeper.run_once()
            keeper.worker.publisher.flush(60)
            count -= len(done)
            assert queue.wake_ups == count


def waiting_rows(stack: Stack, kind: str, count: int) -> list[str]:
    if kind == "signals":
        return wait_for_event(stack, count)
    ids = stack.accept(NAP, count=count)
    if kind == "steps":
        stack.execute(
            "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, next_check_at)"
            " SELECT id, 'a', 1, 1, gen_random_uuid(), 'nap', 'READY', now() FROM executions;"
            "UPDATE executions SET status = 'RUNNING', started_at = now(), open_steps = 1, next_check_at = NULL"
        )
    return ids


def test_paused_executions_publish_nothing(fresh: Stack) -> None:
    wait_for_event(fresh, 20)
    fresh.execute("UPDATE executions SET status = 'PAUSED'")
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent, config=EngineConfig(grace=5)) as keeper:
        for _ in range(5):
            pretend_time(fresh, 3600)
            keeper.run_once()
            keeper.worker.publisher.flush()

    assert sent == []


def test_lost_signal_is_published_again_after_grace(fresh: Stack) -> None:
    ids = wait_for_event(fresh, 3)
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent, config=EngineConfig(grace=5)) as keeper:
        pretend_time(fresh, 6)
        keeper.run_once()

    assert {wake_up.execution_id for wake_up in sent} == set(ids)
    assert keeper.record.rescued == 3
    assert keeper.record.rescued_at == pytest.approx(keeper.record.passed_at, abs=60)


def test_wake_up_never_published_is_found_behind_a_queue(fresh: Stack) -> None:
    ids = fresh.accept(NAP, count=3, check_in=-1)
    fresh.execute("UPDATE executions SET created_at = now() - interval '60 seconds'")
    sent: list[WakeUp] = []

    # The oldest message of the queue is 30 seconds old: what was published a minute ago is not in it.
    with timekeeper(fresh, sent, consumed=time.time() - 30, config=EngineConfig(grace=5)) as keeper:
        keeper.run_once()

    assert {wake_up.execution_id for wake_up in sent} == set(ids)


def run_step(stack: Stack) -> str:
    """An execution whose step runs, and whose lease has ended."""
    (id,) = stack.accept(NAP)
    stack.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, next_check_at)"
        " VALUES (%s, 'a', 1, 1, gen_random_uuid(), 'nap', 'RUNNING', 1, now())",
        (id,),
    )
    stack.execute("UPDATE executions SET status = 'RUNNING', open_steps = 1, next_check_at = NULL WHERE id = %s", (id,))
    return id


def test_leases_are_spared_for_one_lease_after_an_outage(fresh: Stack) -> None:
    with timekeeper(fresh, [], config=EngineConfig(lease=0.5)) as keeper:
        keeper.run_once()
        id = run_step(fresh)
        keeper._passed_at -= 3600  # as after an outage of an hour

        keeper.run_once()

        assert fresh.step(id, "a").status == "RUNNING"
        assert wait_until(lambda: ends_lease(keeper, fresh, id), seconds=20)


def ends_lease(keeper: Timekeeper, stack: Stack, id: str) -> bool:
    keeper.run_once()
    return bool(stack.step(id, "a").status == "READY")


def test_server_that_has_just_started_ends_no_lease(fresh: Stack) -> None:
    id = run_step(fresh)

    with timekeeper(fresh, [], config=EngineConfig(lease=1e6)) as keeper:
        keeper.run_once()

    assert fresh.step(id, "a").status == "RUNNING"


# --- who does what is due ---------------------------------------------------------------------------------------------


class CountedCursor(psycopg2.extensions.cursor):
    """Counts the statements that Postgres gets, one for each part of a text."""

    counts: ClassVar[Counter[str]] = Counter()

    def execute(self, query: Any, vars: Any = None) -> None:
        text: bytes = self.mogrify(query, vars)
        for statement in text.split(b";\n"):
            CountedCursor.counts[statement.split(None, 1)[0].decode() if statement.strip() else ""] += 1
        return super().execute(text)


@contextmanager
def counted_keepers(stack: Stack, count: int, sent: list[WakeUp]) -> Iterator[list[Timekeeper]]:
    """Timekeepers of several workers whose statements are counted."""
    CountedCursor.counts = Counter()
    with ExitStack() as opened:
        keepers = [opened.enter_context(timekeeper(stack, sent)) for _ in range(count)]
        for keeper in keepers:
            event.listen(
                keeper.worker.engine, "connect", lambda raw, record: setattr(raw, "cursor_factory", CountedCursor)
            )
        yield keepers


def test_idle_timekeeper_sends_one_statement(fresh: Stack) -> None:
    with counted_keepers(fresh, 1, []) as (keeper,):
        keeper.run_once()
        CountedCursor.counts = Counter()

        keeper.run_once()

    assert CountedCursor.counts.total() == 1, CountedCursor.counts


def save_schedules(stack: Stack, count: int, flow: str) -> None:
    """Workflows with a schedule that has come due this minute."""
    stack.execute(
        "INSERT INTO workflows (id, kind, name, trigger, document, is_active, flow, next_at, catalog_revision)"
        " SELECT gen_random_uuid(), 'graph', 'test ' || n, 'null', %s, true, %s, date_trunc('minute', now()), 1"
        " FROM generate_series(1, %s) n",
        ('{"nodes": [{"id": "start", "type": "start"}], "edges": []}', flow, count),
    )
    stack.execute(
        "INSERT INTO workflow_versions (workflow_id, version, document)"
        " SELECT id, 1, document FROM workflows; UPDATE catalog SET revision = 1"
    )


SCHEDULE = '{"schedule": {"cron": "* * * * *"}}'


def test_many_timekeepers_post_each_schedule_once_and_cheaply(fresh: Stack) -> None:
    save_schedules(fresh, 1000, SCHEDULE)
    with counted_keepers(fresh, 8, []) as keepers:
        for keeper in keepers:  # each learns the triggers first
            keeper.run_once()
        fresh.execute("DELETE FROM events; DELETE FROM executions; DELETE FROM lanes; DELETE FROM idempotency_keys")
        fresh.execute("UPDATE workflows SET next_at = date_trunc('minute', now())")
        CountedCursor.counts = Counter()

        run_side_by_side(keepers)

        statements = CountedCursor.counts.total()

    assert fresh.rows("SELECT count(*) AS n FROM events")[0].n == 1000
    assert fresh.rows("SELECT count(*) AS n FROM executions")[0].n == 1000
    # 10,000 a minute are 167 a second; with one probe a second of each of 50 workers that is under 200 statements.
    assert 50 + statements * 167 / 1000 < 200, (statements, CountedCursor.counts)


def run_side_by_side(keepers: list[Timekeeper]) -> None:
    threads = [threading.Thread(target=keeper.run_once) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def fill_windows(stack: Stack, *names: str) -> None:
    """Windows that are to be closed, each with one event, in this order."""
    save_schedules(stack, 1, "{}")
    stack.execute("UPDATE workflows SET next_at = NULL")
    stack.execute(
        "INSERT INTO events (id, payload, answer, received_at)"
        " SELECT gen_random_uuid(), '{}', '{}', now() FROM unnest(%(names)s);"
        "INSERT INTO windows (name, workflow_id, period, size, events, bytes, closes_at)"
        " SELECT name, (SELECT id FROM workflows), 1, 10, 1, 2, now() - (1000 - n) * interval '1 second'"
        " FROM unnest(%(names)s) WITH ORDINALITY w (name, n);"
        "INSERT INTO window_events (window_name, event_id, bytes)"
        " SELECT name, (SELECT id FROM events ORDER BY id OFFSET n - 1 LIMIT 1), 2"
        " FROM unnest(%(names)s) WITH ORDINALITY w (name, n)",
        {"names": list(names)},
    )


def test_windows_are_closed_by_one_timekeeper_each(fresh: Stack) -> None:
    fill_windows(fresh, *(f"batch/{number}" for number in range(100)))
    with counted_keepers(fresh, 4, []) as keepers:
        run_side_by_side(keepers)

        begun = CountedCursor.counts["BEGIN"]

    assert fresh.rows("SELECT count(*) AS n FROM executions")[0].n == 100
    assert begun <= 100 + 3 * len(keepers)


def test_window_that_fails_does_not_hold_up_others(fresh: Stack) -> None:
    fill_windows(fresh, "batch/bad", "batch/good")
    fresh.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;"
        "CREATE TRIGGER refuse BEFORE DELETE ON window_events FOR EACH ROW WHEN (OLD.window_name = 'batch/bad')"
        " EXECUTE FUNCTION refuse()"
    )

    with timekeeper(fresh, []) as keeper:
        keeper.run_once()

    assert [row.name for row in fresh.rows("SELECT name FROM windows")] == ["batch/bad"]


def test_matching_is_asked_for_once_while_it_waits(fresh: Stack) -> None:
    fresh.execute(
        "INSERT INTO unmatched_events (event_id, accepted_at) VALUES (gen_random_uuid(), now() - interval '1 minute')"
    )
    asked: list[float] = []

    with timekeeper(fresh, [], consumed=NOTHING + 1) as keeper:
        keeper.worker.publisher._ask_to_match = lambda: asked.append(time.time())
        for _ in range(3):
            keeper.run_once()
            keeper.worker.publisher.flush()

    assert len(asked) == 1


@pytest.mark.parametrize("table", ["steps", "executions", "signals"])
def test_kind_that_fails_does_not_keep_others_from_being_found(fresh: Stack, table: str) -> None:
    ready = run_step(fresh)
    (pending,) = fresh.accept(NAP, check_in=-1)
    fresh.execute("UPDATE executions SET created_at = now() - interval '1 minute'")
    ended = fresh.accept(NAP, check_in=3600)[0]
    fresh.execute(
        "INSERT INTO signals (execution_id, node_id, visit, attempt, kind, ref, next_check_at)"
        " VALUES (%s, 'w', 1, 1, 'event', gen_random_uuid(), now())",
        (ended,),
    )
    fresh.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;"
        f"CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    sent: list[WakeUp] = []

    with timekeeper(fresh, sent) as keeper:
        keeper.run_once()

    woken = {wake_up.execution_id for wake_up in sent}
    assert woken == {"steps": {pending}, "executions": {ready}, "signals": {ready, pending}}[table]
    assert bool(fresh.rows("SELECT count(*) AS n FROM signals")[0].n) is (table == "signals")
