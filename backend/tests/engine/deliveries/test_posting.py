"""Changes of executions become events of the engine: all that somebody listens to, in order, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.wakeups.message import WakeUp
from app.graph.engine_events import CANCELLED, COMPLETED, DECIDED, FAILED, REQUESTED, STARTED, TYPES, WAITING
from app.storage.database import driver
from app.storage.deliveries.outbox import rest_if_unheard
from tests.engine.deliveries.conftest import Played
from tests.scenarios.graphs import graph, node

OF = {"var": "$event.type"}
PLAIN = graph("start>a")
FAILING = graph("start>a", a=node("fail", message="no"))


def types(events: list[Any]) -> list[str]:
    return [event.type for event in events]


def test_nothing_is_recorded_while_nobody_listens(played: Played) -> None:
    workflow = played.save(PLAIN, trigger={"==": [OF, "order.paid"]})

    id = played.run(workflow)

    assert played.stack.execution(id).status == "COMPLETED"
    assert played.stack.rows("SELECT FROM engine_events") == []
    assert not played.worker.poster.post()
    assert played.stack.rows("SELECT FROM events") == []


def test_only_listened_types_are_recorded(played: Played) -> None:
    played.subscribe("http://127.0.0.1:9/", COMPLETED)

    id = played.run(played.save(PLAIN))
    played.worker.poster.post()

    assert types(played.events(id)) == [COMPLETED]


def test_event_has_the_state_of_its_execution(played: Played) -> None:
    workflow = played.save(FAILING, name="orders")
    played.subscribe("http://127.0.0.1:9/", FAILED)

    id = played.run(workflow)
    played.worker.poster.post()

    (event,) = played.events(id)
    assert event.payload == {
        "execution_id": id,
        "workflow_id": workflow,
        "workflow_name": "orders",
        "version": 1,
        "status": "FAILED",
        "error": {"type": "Failed", "message": "no", "node_id": "a"},
        "node_id": "a",
    }
    assert (event.source, event.attributes) == (f"trigraph/workflows/{workflow}", {"subject": id})
    assert (event.depth, event.cause_node_id) == (1, "a")


#   start ─▶ ask (approval) ─▶ rest (delay)
def test_events_of_one_transaction_are_in_order(played: Played) -> None:
    played.subscribe("http://127.0.0.1:9/")
    ask = graph("start>ask>rest", ask=node("human_approval", title="?"), rest=node("delay", ms=600_000))

    id = played.run(played.save(ask))
    approval = played.stack.asks(id)
    played.stack.decide(approval.id)
    played.stack.cancel(id)
    played.worker.poster.post()

    events = played.events(id)
    assert types(events) == [STARTED, WAITING, REQUESTED, DECIDED, WAITING, CANCELLED]
    assert [event.payload.get("node_id") for event in events] == [None, "ask", "ask", "ask", "rest", None]
    assert [event.payload["status"] for event in events] == [*["RUNNING"] * 5, "CANCELLED"]
    decided = events[3].payload
    assert (decided["approval_id"], decided["approval_status"]) == (approval.id, "APPROVED")


def test_pause_before_a_retry_is_no_wait(played: Played) -> None:
    played.subscribe("http://127.0.0.1:9/")
    retry = {"max_attempts": 2, "initial_interval": 600, "max_interval": 600}
    calling = graph("start>a", a=node("http_call", url="http://127.0.0.1:9/", retry=retry))

    id = played.run(played.save(calling))
    played.worker.poster.post()

    assert types(played.events(id)) == [STARTED]


#   start ─▶ each ( a )
def test_graph_in_place_has_no_events_of_its_own(played: Played) -> None:
    played.subscribe("http://127.0.0.1:9/")
    each = graph("start>each", each=node("for_each", items=[1, 2], graph=PLAIN))

    id = played.run(played.save(each))
    children = played.stack.rows("SELECT id FROM executions WHERE fan_out_id IS NOT NULL")
    played.worker.poster.post()

    assert len(children) == 2
    assert types(played.events()) == [STARTED, WAITING, COMPLETED]
    assert {event.cause_execution_id for event in played.events()} == {id}


def test_trigger_that_names_the_type_is_started(played: Played) -> None:
    failing = played.save(FAILING)
    handler = played.save(PLAIN, trigger={"and": [{"==": [OF, FAILED]}, {"==": [{"var": "workflow_id"}, failing]}]})

    id = played.run(failing)
    played.worker.poster.post()

    (event,) = played.events(id)
    (started,) = played.stack.rows("SELECT * FROM executions WHERE event_id = %s", (event.id,))
    assert (started.workflow_id, started.depth, started.payload["execution_id"]) == (handler, 1, id)


def test_executions_of_a_chain_of_events_have_one_root(played: Played) -> None:
    workflow = played.save(FAILING, trigger={"==": [OF, FAILED]}, flow={"self": True})

    root = executed = played.run(workflow)
    for _ in range(2):
        played.worker.poster.post()
        (event,) = played.events(executed)
        (started,) = played.stack.rows("SELECT id, root_id FROM executions WHERE event_id = %s", (event.id,))
        assert (event.root_id, started.root_id) == (root, root)
        executed = started.id
        played.worker.walk([WakeUp(executed)])

    counted = played.stack.rows("SELECT sum(number) AS number FROM descendants WHERE root_id = %s", (root,))
    assert counted[0].number == 2


@pytest.mark.parametrize("trigger", [True, {"!=": [OF, "order.paid"]}, {"==": [{"var": "status"}, "FAILED"]}])
def test_trigger_that_does_not_name_the_type_is_not_started(played: Played, trigger: Any) -> None:
    played.subscribe("http://127.0.0.1:9/", FAILED)
    played.save(PLAIN, trigger=trigger)

    id = played.run(played.save(FAILING))
    played.worker.poster.post()

    assert [event.answer["matched"] for event in played.events(id)] == [0]


@pytest.mark.parametrize(("flow", "starts"), [(None, 0), ({"self": True}, 1)])
def test_own_end_starts_a_workflow_only_with_self(played: Played, flow: Any, starts: int) -> None:
    workflow = played.save(FAILING, trigger={"==": [OF, FAILED]}, flow=flow)

    id = played.run(workflow)
    played.worker.poster.post()

    assert [event.answer["matched"] for event in played.events(id)] == [starts]


def test_chain_of_own_ends_stops_at_the_limit_of_depth(played: Played) -> None:
    workflow = played.save(FAILING, trigger={"==": [OF, FAILED]}, flow={"self": True})

    for depth, starts in ((19, 1), (20, 0)):
        id = played.run(workflow, depth=depth)
        played.worker.poster.post()
        assert [event.answer["matched"] for event in played.events(id)] == [starts]


def test_waiting_step_does_not_take_events_of_the_engine(played: Played) -> None:
    played.subscribe("http://127.0.0.1:9/", COMPLETED)
    waits = played.run(played.save(graph("start>w", w=node("wait_for_event", condition=True, lookback="1h"))))

    played.run(played.save(PLAIN))
    played.worker.poster.post()
    played.worker.matcher.match()

    assert played.stack.step(waits, "w").status == "WAITING"
    assert played.stack.rows("SELECT FROM signals") == []


def test_two_posters_post_each_change_once(played: Played) -> None:
    played.subscribe("http://127.0.0.1:9/", COMPLETED)
    ids = [played.run(played.save(PLAIN)) for _ in range(3)]

    for _ in range(2):
        played.worker.poster.post()

    assert sorted(event.cause_execution_id for event in played.events()) == sorted(ids)


def test_change_that_cannot_be_posted_holds_up_no_other(played: Played) -> None:
    played.subscribe("http://127.0.0.1:9/", COMPLETED)
    bad, good = (played.run(played.save(PLAIN)) for _ in range(2))
    played.stack.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;"
        f"CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.cause_execution_id = '{bad}')"
        " EXECUTE FUNCTION refuse()"
    )

    played.worker.poster.post()
    posted = types(played.events(good))
    played.stack.execute("DROP FUNCTION refuse CASCADE; UPDATE engine_events SET next_check_at = now()")
    played.worker.poster.post()

    assert posted == [COMPLETED]
    assert types(played.events(bad)) == [COMPLETED]


def test_executions_rest_after_the_last_listener(played: Played) -> None:
    def rest() -> int:
        with driver(played.worker.engine) as connection, connection.cursor() as cursor:
            rest_if_unheard(cursor)
        return int(played.stack.rows("SELECT last_value FROM engine_events_listened")[0].last_value)

    subscription = played.subscribe("http://127.0.0.1:9/", COMPLETED)
    assert rest() == 2

    played.stack.execute("DELETE FROM webhook_subscriptions WHERE id = %s", (subscription,))
    assert rest() == 1

    played.subscribe("http://127.0.0.1:9/", COMPLETED)
    id = played.run(played.save(PLAIN))
    played.worker.poster.post()
    assert types(played.events(id)) == [COMPLETED]


def test_listened_types_follow_workflows_and_subscriptions(played: Played) -> None:
    def listened() -> set[str]:
        return {row.type for row in played.stack.rows("SELECT type FROM engine_event_types")}

    workflow = played.save(PLAIN, trigger={"==": [OF, FAILED]})
    subscription = played.subscribe("http://127.0.0.1:9/", FAILED, CANCELLED)
    assert listened() == {FAILED, CANCELLED}

    played.stack.execute("UPDATE webhook_subscriptions SET is_active = false WHERE id = %s", (subscription,))
    assert listened() == {FAILED}

    played.stack.execute("UPDATE workflows SET is_active = false WHERE id = %s", (workflow,))
    assert listened() == set()

    played.stack.execute("UPDATE workflows SET is_active = true WHERE id = %s", (workflow,))
    assert listened() == {FAILED}
    assert listened() <= set(TYPES)
