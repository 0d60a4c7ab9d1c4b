"""Steps that wait for events and steps that post them, with real workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from app.engine.waiting.events import Matcher
from app.engine.wakeups.publisher import Publisher
from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from app.storage.events import NewEvent
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.triggers.fire import Fired, fire_event
from app.triggers.triggers import TriggerCache
from tests.scenarios.graphs import Node, graph, node
from tests.scenarios.stack import Stack, stack, worker_context
from tests.servers import Databases
from tests.service import Service

PAID = {"==": [{"var": "paid"}, True]}
SAME_ORDER = {"==": [{"var": "order.id"}, {"var": "$context.order.id"}]}


def waiting(*paths: str, condition: Any = PAID, nodes: dict[str, Node] | None = None, **data: Any) -> dict[str, Any]:
    """``start`` to a wait_for_event called ``wait``, to ``after``."""
    wait = node("wait_for_event", condition=condition, **data)
    return graph(*(paths or ("start>wait>after",)), wait=wait, **(nodes or {}))


def post(stack: Stack, payload: Any, *, type: str | None = None, tell: bool = True, ago: float = 0) -> str:
    """Accept an event as the API does; return its id."""
    at = datetime.now(timezone.utc) - timedelta(seconds=ago)
    event = NewEvent(new_id(), at, dumps(payload), type=type)
    with stack.engine() as engine:
        fired = fire_event(engine, TriggerCache(), event, payload, grace=1)
    if tell:
        deliver(stack, fired)
    return event.id


def deliver(stack: Stack, fired: Fired) -> None:
    stack.wake(*fired.execution_ids)
    if fired.is_awaited:
        stack.send("trigraph.match")


def begun(stack: Stack, drawn: dict[str, Any], payload: Any = None) -> str:
    """Start an execution; return its id once its step ``wait`` waits and all earlier events are matched."""
    id = stack.begin(drawn, payload)
    looked_back(stack, id)
    return id


def looked_back(stack: Stack, *executions: str) -> None:
    def missing() -> list[str]:
        rows = stack.rows("SELECT execution_id FROM subscriptions WHERE scanned_at IS NOT NULL")
        return [id for id in executions if id not in {row.execution_id for row in rows}]

    assert wait_until(lambda: not missing(), seconds=20), stack.story(missing()[0])


def waits(stack: Stack, *executions: str) -> int:
    statement = "SELECT count(*) AS n FROM subscriptions WHERE execution_id = ANY(%s::uuid[])"
    rows = stack.rows(statement, (list(executions),))
    return int(rows[0].n)


def started_by(stack: Stack, workflow: str) -> list[Any]:
    return stack.rows("SELECT * FROM executions WHERE workflow_id = %s ORDER BY id", (workflow,))


def triggered(stack: Stack, drawn: dict[str, Any], trigger: Any, name: str = "test") -> str:
    """An active workflow."""
    id = stack.save(drawn)
    stack.execute("UPDATE workflows SET trigger = %s, name = %s WHERE id = %s", (json.dumps(trigger), name, id))
    stack.execute("UPDATE catalog SET revision = revision + 1")
    stack.execute("UPDATE workflows SET catalog_revision = (SELECT revision FROM catalog) WHERE id = %s", (id,))
    return id


@pytest.fixture
def fresh(servers: Servers, databases: Databases, tmp_path: Path) -> Iterator[Stack]:
    """A stack of the test's own, without workers."""
    with stack(servers, databases, tmp_path) as opened:
        yield opened


# --- wait_for_event: what comes ---------------------------------------------------------------------------------


def test_step_completes_with_its_event(either: Stack) -> None:
    id = begun(either, waiting())
    post(either, {"paid": False})

    event = post(either, {"paid": True, "amount": 1.0})

    assert either.finish(id).status == "COMPLETED", either.story(id)
    assert either.step(id, "wait").output == {"event_id": event, "event": {"paid": True, "amount": 1.0}}
    assert either.ran(id) == ["start", "wait", "after"]
    assert waits(either, id) == 0


def test_each_execution_takes_the_event_of_its_own_order(threads: Stack) -> None:
    ids = {n: threads.begin(waiting(condition=SAME_ORDER), {"order": {"id": n}}) for n in range(1, 5)}
    looked_back(threads, *ids.values())

    events = {n: post(threads, {"order": {"id": n}}) for n in (3, 1, "2", 4)}

    for n, id in ids.items():
        assert threads.finish(id).status == "COMPLETED", threads.story(id)
        assert threads.step(id, "wait").output["event_id"] == events["2" if n == 2 else n]


def test_condition_reads_earlier_steps_and_event_properties(threads: Stack) -> None:
    same = {"==": [{"var": "ref"}, {"var": "$steps.make.ref"}]}
    typed = {"==": [{"var": "$event.type"}, "made"]}
    make = node("transform", value={"ref": {"cat": ["r", 7]}, "n": 1})
    id = begun(threads, waiting("start>make>wait", condition={"and": [typed, same]}, nodes={"make": make}))

    post(threads, {"ref": "r7"}, type="other")
    post(threads, {"ref": "r8"}, type="made")
    event = post(threads, {"ref": "r7"}, type="made")

    assert threads.finish(id).output == {"event_id": event, "event": {"ref": "r7"}}, threads.story(id)


def test_event_cannot_override_the_execution_context(threads: Stack) -> None:
    id = begun(threads, waiting(condition=SAME_ORDER), {"order": {"id": 1}})

    post(threads, {"order": {"id": 666}, "$context": {"order": {"id": 666}}})
    event = post(threads, {"order": {"id": 1}, "$context": {"order": {"id": 666}}})

    assert threads.finish(id).status == "COMPLETED", threads.story(id)
    assert threads.step(id, "wait").output["event_id"] == event


def test_first_of_two_events_is_taken(threads: Stack) -> None:
    id = begun(threads, waiting())

    first = post(threads, {"paid": True, "n": 1}, tell=False)
    post(threads, {"paid": True, "n": 2})

    assert threads.finish(id).status == "COMPLETED"
    assert threads.step(id, "wait").output["event_id"] == first


def test_earlier_event_within_lookback_counts(threads: Stack) -> None:
    old, late = new_id(), new_id()
    _past(threads, old, {"order": {"id": old}}, ago=90)
    _past(threads, late, {"order": {"id": late}}, ago=30)

    found = threads.begin(waiting(condition=SAME_ORDER, lookback="1m"), {"order": {"id": late}})
    missed = begun(threads, waiting(condition=SAME_ORDER, lookback="1m"), {"order": {"id": old}})
    none = begun(threads, waiting(condition=SAME_ORDER), {"order": {"id": late}})

    assert threads.finish(found).status == "COMPLETED", threads.story(found)
    assert threads.step(found, "wait").output["event"] == {"order": {"id": late}}
    assert {threads.execution(id).status for id in (missed, none)} == {"RUNNING"}


def _past(stack: Stack, id: str, payload: Any, *, ago: float) -> None:
    """An event that was received ``seconds`` ago, with an id of that time."""
    at = datetime.now(timezone.utc) - timedelta(seconds=ago)
    milliseconds = int(at.timestamp() * 1000)
    id = f"{milliseconds:012x}7{id.replace('-', '')[13:]}"
    stack.execute(
        "INSERT INTO events (id, payload, answer, received_at) VALUES (%s, %s, '{}', %s)", (id, dumps(payload), at)
    )


def test_event_that_started_the_execution_does_not_resolve_it(
    threads: Stack,
) -> None:
    mark = new_id()
    workflow = triggered(threads, waiting(condition={"==": [{"var": "m"}, mark]}, lookback="1m"), _is("m", mark))

    post(threads, {"m": mark, "n": 1})
    assert wait_until(lambda: len(started_by(threads, workflow)) == 1, seconds=20)
    (execution,) = started_by(threads, workflow)
    looked_back(threads, execution.id)
    threads.execute("UPDATE workflows SET trigger = 'null', catalog_revision = 1000000 WHERE id = %s", (workflow,))
    threads.execute("UPDATE catalog SET revision = 1000000")
    second = post(threads, {"m": mark, "n": 2})

    assert threads.finish(execution.id).status == "COMPLETED", threads.story(execution.id)
    assert threads.step(execution.id, "wait").output["event_id"] == second


def test_events_that_started_the_execution_do_not_count(threads: Stack) -> None:
    mark = new_id()
    workflow = triggered(threads, waiting(condition=_is("m", mark), lookback="1m"), _is("m", mark))
    flow = {"batch": {"size": 2, "period": "1m"}}
    threads.execute("UPDATE workflows SET flow = %s WHERE id = %s", (dumps(flow), workflow))
    post(threads, {"m": mark, "n": 1})
    post(threads, {"m": mark, "n": 2})
    assert wait_until(lambda: len(started_by(threads, workflow)) == 1, seconds=20)
    (execution,) = started_by(threads, workflow)
    looked_back(threads, execution.id)

    third = post(threads, {"m": mark, "n": 3})

    assert threads.finish(execution.id).status == "COMPLETED", threads.story(execution.id)
    assert threads.step(execution.id, "wait").output["event_id"] == third


@pytest.mark.parametrize("ids", [7, {}, ["x", None, 7, "\0"], "itself", ["00000000-0000-0000-0000-000000000000"]])
def test_event_cannot_override_the_starting_events(threads: Stack, ids: Any) -> None:
    mark = new_id()
    before = post(threads, {"m": mark})

    listed = [before] if ids == "itself" else ids
    id = threads.begin(waiting(condition=_is("m", mark), lookback="1m"), {"event_ids": listed})

    assert threads.finish(id).status == "COMPLETED", threads.story(id)
    assert threads.step(id, "wait").output["event_id"] == before


def _is(path: str, value: Any) -> Any:
    return {"==": [{"var": path}, value]}


#   start ─▶ wait ─▶ more ─▶ done
#             ▲       │
#             └─again─┘
def test_event_of_one_visit_is_not_reused_by_the_next(threads: Stack) -> None:
    mark = new_id()
    again = {"label": "again", "condition": {"<": [{"var": "$steps.wait.event.n"}, 3]}}
    more = node("branch", cases=[again, {"else": True}])
    drawn = waiting(
        "start>wait>more>done", "more:again>wait", condition=_is("m", mark), lookback="1m", nodes={"more": more}
    )
    for n in (1, 2):
        post(threads, {"m": mark, "n": n})

    id = threads.begin(drawn)
    assert wait_until(lambda: any(step.visit == 3 for step in threads.steps(id)), seconds=20), threads.story(id)
    third = post(threads, {"m": mark, "n": 3})

    assert threads.finish(id).status == "COMPLETED", threads.story(id)
    taken = [step.output["event"]["n"] for step in threads.steps(id) if step.node_id == "wait"]
    assert taken == [1, 2, 3]
    assert threads.step(id, "wait").output["event_id"] == third


def test_failing_condition_does_not_affect_others(threads: Stack) -> None:
    many = {"reduce": [list(range(1000)), {"+": [1, 2]}, 0]}
    heavy = begun(threads, waiting(condition={"reduce": [{"var": "big"}, {"+": [{"var": "accumulator"}, many]}, 0]}))
    id = begun(threads, waiting(condition=_is("text", "a\x00b")))

    post(threads, {"big": list(range(3000)), "text": "other", "\x00": "\ud800"})
    post(threads, {"big": list(range(3000)), "text": "a\x00b", "half": "\ud800"})

    assert threads.finish(id).status == "COMPLETED", threads.story(id)
    assert threads.execution(heavy).status == "RUNNING"
    assert f"execution {heavy}, node wait: " in threads.log
    threads.cancel(heavy)


# --- wait_for_event: what does not come -------------------------------------------------------------------------


def test_expired_wait_takes_the_timeout_handle(either: Stack) -> None:
    id = either.begin(waiting("start>wait>paid", "wait:timeout>late", max_wait_time=0.3))

    assert either.finish(id).status == "COMPLETED", either.story(id)
    assert either.ran(id) == ["start", "wait", "late"]
    assert either.step(id, "wait").output == {"event_id": None, "event": None}
    assert waits(either, id) == 0


def test_expired_wait_fails_and_its_retry_waits_again(threads: Stack) -> None:
    drawn = waiting(condition=SAME_ORDER, max_wait_time=0.3, lookback="1m")
    id = threads.begin(drawn, {"order": {"id": "late"}})
    assert threads.finish(id).status == "FAILED"
    assert threads.step(id, "wait").error["type"] == "Timeout"
    assert waits(threads, id) == 0

    event = post(threads, {"order": {"id": "late"}})
    threads.retry(id)

    assert wait_until(lambda: threads.execution(id).status == "COMPLETED", seconds=20), threads.story(id)
    assert (threads.step(id, "wait").attempt, threads.step(id, "wait").output["event_id"]) == (2, event)


def test_cancelled_execution_has_no_subscriptions(threads: Stack) -> None:
    id = begun(threads, waiting())

    threads.cancel(id)
    post(threads, {"paid": True})

    assert threads.finish(id).status == "CANCELLED"
    assert waits(threads, id) == 0
    assert threads.step(id, "wait").status == "CANCELLED"


def test_event_during_pause_is_used_on_resume(threads: Stack) -> None:
    id = begun(threads, waiting(condition=_is("go", "on")))
    threads.pause(id)

    post(threads, {"go": "on"})
    assert wait_until(lambda: waits(threads, id) == 0, seconds=20)
    assert threads.execution(id).status == "PAUSED"
    threads.resume(id)

    assert threads.finish(id).status == "COMPLETED", threads.story(id)


def test_failure_of_another_path_cancels_the_wait(threads: Stack) -> None:
    drawn = waiting("start>wait>after", "start>no", condition=_is("never", 1), nodes={"no": node("flaky")})

    id = threads.begin(drawn)

    assert threads.finish(id).status == "FAILED"
    assert threads.step(id, "wait").status == "CANCELLED"
    assert waits(threads, id) == 0


# --- wait_for_event: what breaks --------------------------------------------------------------------------------


def test_unannounced_event_is_matched(fresh: Stack) -> None:
    fresh.start_worker()
    id = begun(fresh, waiting())

    post(fresh, {"paid": True}, tell=False)

    assert fresh.finish(id).status == "COMPLETED", fresh.story(id)


def test_waiting_steps_resume_without_messages(fresh: Stack) -> None:
    worker = fresh.start_worker()
    ids = [fresh.begin(waiting()) for _ in range(5)]
    looked_back(fresh, *ids)
    worker.kill()
    fresh.workers.clear()

    post(fresh, {"paid": True})
    with fresh.redis() as redis:
        redis.flushdb()
    fresh.start_worker()

    fresh.finish_all(ids)


def test_matched_steps_resume_after_workers_are_killed(fresh: Stack) -> None:
    fresh.start_worker()
    ids = [fresh.begin(waiting()) for _ in range(5)]
    looked_back(fresh, *ids)
    fresh.kill_workers()

    event = post(fresh, {"paid": True}, tell=False)
    with fresh.engine() as engine:
        Matcher(worker_context(engine, Publisher(lambda wake_ups: None))).match()
    post(fresh, {"paid": True}, tell=False)
    assert waits(fresh, *ids) == 0
    assert {fresh.execution(id).status for id in ids} == {"RUNNING"}
    fresh.start_worker()

    fresh.finish_all(ids)
    assert {fresh.step(id, "wait").output["event_id"] for id in ids} == {event}


def test_event_resumes_1000_waiting_steps_once(fresh: Stack) -> None:
    fresh.start_worker()
    ids = fresh.begin_many(waiting(), 1000)
    looked_back(fresh, *ids)

    event = post(fresh, {"paid": True})
    post(fresh, {"paid": True, "again": True})

    fresh.finish_all(ids)
    rows = fresh.rows("SELECT execution_id, output ->> 'event_id' AS event FROM steps WHERE node_id = 'wait'")
    assert len(rows) == 1000
    assert {row.event for row in rows} == {event}
    after = fresh.rows("SELECT count(*) AS n FROM steps WHERE node_id = 'after' AND status = 'COMPLETED'")
    assert after[0].n == 1000
    assert wait_until(lambda: fresh.rows("SELECT count(*) AS n FROM unmatched_events")[0].n == 0, seconds=20)


# --- emit_event -------------------------------------------------------------------------------------------------


def emitting(**data: Any) -> dict[str, Any]:
    return graph("start>emit", emit=node("emit_event", **data))


def test_emitted_event_starts_workflows_and_keeps_its_cause(threads: Stack) -> None:
    mark = new_id()
    workflow = triggered(threads, graph("start>hear"), {"and": [_is("m", mark), _is("$event.type", "made")]})

    id = threads.begin(emitting(type="made", payload={"m": "{{ payload.m }}", "n": 1.0}), {"m": mark})

    answer = threads.finish(id).output
    (child,) = started_by(threads, workflow)
    assert (answer["matched"], answer["executions"][0]["id"]) == (1, child.id)
    assert threads.finish(child.id).status == "COMPLETED"
    assert (child.depth, child.payload) == (1, {"m": mark, "n": 1.0})
    (event,) = threads.rows("SELECT * FROM events WHERE id = %s", (answer["event_id"],))
    assert (event.cause_execution_id, event.cause_node_id, event.depth) == (id, "emit", 1)
    assert (event.type, event.source) == ("made", f"trigraph/workflows/{threads.execution(id).workflow_id}")


def test_execution_can_resume_a_waiting_one(threads: Stack) -> None:
    waits_for = begun(threads, waiting(condition=SAME_ORDER), {"order": {"id": "told"}})

    id = threads.begin(emitting(payload={"order": {"id": "told"}}))

    assert threads.finish(id).status == "COMPLETED"
    assert threads.finish(waits_for).status == "COMPLETED", threads.story(waits_for)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"payload": 5}, "payload: it is 5; an event must be an object"),
        ({"payload": None}, "payload: it is null; an event must be an object"),
        ({"payload": "{{ payload.list }}"}, "payload: it is [1]; an event must be an object"),
        ({"payload": {}, "type": 7}, "type: it is 7; it must be a text"),
    ],
)
def test_invalid_emitted_event_fails_the_step(threads: Stack, data: Any, expected: str) -> None:
    id = threads.begin(emitting(**data), {"list": [1]})

    assert threads.finish(id).status == "FAILED"
    error = threads.step(id, "emit").error
    assert error["type"] == "InvalidData"
    assert expected in error["message"]
    assert threads.rows("SELECT 1 FROM events WHERE cause_execution_id = %s", (id,)) == []


def test_missing_payload_is_empty_and_large_one_refused(threads: Stack) -> None:
    empty = threads.begin(emitting(type="tick"))
    large = threads.begin(emitting(payload={"a": "{{ payload.a }}", "b": "{{ payload.a }}"}), {"a": "x" * 600_000})

    event = threads.finish(empty).output["event_id"]
    assert threads.rows("SELECT payload FROM events WHERE id = %s", (event,))[0].payload == {}
    assert threads.finish(large).status == "FAILED"
    assert threads.step(large, "emit").error["type"] == "EventTooLarge"


def test_secrets_are_not_posted(threads: Stack) -> None:
    id = threads.begin(emitting(type="{{ secret.TOKEN }}", payload={"t": "Bearer {{ secret.TOKEN }}"}))

    event = threads.finish(id).output["event_id"]
    (row,) = threads.rows("SELECT type, payload FROM events WHERE id = %s", (event,))
    assert (row.type, row.payload) == ("***", {"t": "Bearer ***"})


def test_mutual_recursion_is_stopped_with_a_reason(threads: Stack) -> None:
    mark = new_id()
    ping = triggered(threads, emitting(payload={"m": mark, "to": "pong"}), _both(mark, "ping"), "Ping")
    pong = triggered(threads, emitting(payload={"m": mark, "to": "ping"}), _both(mark, "pong"), "Pong")

    post(threads, {"m": mark, "to": "ping"})

    def failed() -> list[Any]:
        return [each for each in [*started_by(threads, ping), *started_by(threads, pong)] if each.status == "FAILED"]

    assert wait_until(lambda: len(failed()) == 1, seconds=30)
    (last,) = failed()
    assert last.depth == 20
    assert len(started_by(threads, ping)) + len(started_by(threads, pong)) == 21
    assert last.error["type"] == "TooDeep"
    assert "Ping (node emit) → Pong (node emit)" in last.error["message"]


def _both(mark: str, to: str) -> Any:
    return {"and": [_is("m", mark), _is("to", to)]}


def test_repeated_step_posts_one_event(fresh: Stack, calls: Service) -> None:
    workflow = triggered(fresh, graph("start>hear"), _is("m", 1))
    drawn = graph("start>emit", emit=node("emits_and_is_held", url=calls.url + "/hold", payload={"m": 1}))
    fresh.start_worker()
    id = fresh.begin(drawn)
    calls.wait_for("/hold")

    fresh.kill_workers()
    calls.released.set()
    fresh.start_worker()

    assert fresh.finish(id).status == "COMPLETED", fresh.story(id)
    assert len(calls.at("/hold")) == 2
    (child,) = started_by(fresh, workflow)
    assert fresh.step(id, "emit").output["executions"][0]["id"] == child.id
    assert fresh.finish(child.id).status == "COMPLETED"
    (count,) = fresh.rows("SELECT count(*) AS n FROM events")
    assert count.n == 1
