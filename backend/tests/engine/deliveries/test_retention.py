"""Deliveries that have ended go after some days; what is pending stays, also when its workflow is deleted."""

from __future__ import annotations

from app.engine.upkeep.chore import Chore
from app.engine.upkeep.removal import Removal, remove_ended_deliveries
from app.graph.engine_events import COMPLETED
from tests.engine.deliveries.conftest import Played
from tests.scenarios.graphs import graph
from tests.service import Service


def test_ended_deliveries_are_removed_after_their_days(played: Played) -> None:
    subscription = played.subscribe("http://127.0.0.1:9/")
    for status, days in (("delivered", 8), ("delivered", 6), ("dead", 31), ("dead", 29), ("pending", 100)):
        played.stack.execute(
            "INSERT INTO deliveries (id, subscription_id, event_id, execution_id, type, body, status, created_at,"
            " finished_at) VALUES (gen_random_uuid(), %s, gen_random_uuid(), gen_random_uuid(), 't', '{}', %s,"
            " now() - %s * interval '1 day', CASE WHEN %s <> 'pending' THEN now() - %s * interval '1 day' END)",
            (subscription, status, days, status, days),
        )

    upkeep = Removal(played.worker.engine, remove_ended_deliveries, batch=1)
    Chore("ended_deliveries", upkeep.run_batch).run()

    left = [(each.status, each.finished_at is None) for each in played.deliveries(subscription)]
    assert left == [("delivered", False), ("dead", False), ("pending", True)]


def test_deleted_workflow_leaves_its_deliveries(played: Played, calls: Service) -> None:
    subscription = played.subscribe(f"{calls.url}/in", COMPLETED)
    workflow = played.save(graph("start>a"), name="orders")
    played.run(workflow)
    played.stack.execute("UPDATE workflows SET deleted_at = now(), is_active = false WHERE id = %s", (workflow,))

    played.worker.poster.post()
    played.send(subscription, delivered=1)

    assert calls.at("/in")[0].json["data"]["workflow_name"] == "orders"


def test_deleted_subscription_stops_its_deliveries(played: Played, calls: Service) -> None:
    subscription = played.subscribe(f"{calls.url}/hold", COMPLETED)
    other = played.subscribe(f"{calls.url}/in", COMPLETED)
    played.run(played.save(graph("start>a")))
    played.worker.poster.post()
    played.send(other, delivered=1)
    calls.wait_for("/hold")

    played.stack.execute(
        "DELETE FROM deliveries WHERE subscription_id = %(id)s; DELETE FROM webhook_subscriptions WHERE id = %(id)s",
        {"id": subscription},
    )
    calls.released.set()
    played.run(played.save(graph("start>a")))
    played.worker.poster.post()
    played.send(other, delivered=2)

    assert played.deliveries(subscription) == []
    assert len(calls.at("/hold")) == 1
