"""Deliveries to a real receiver: signed, retried, in order, given up; and never in the way of anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Engine
from standardwebhooks.webhooks import Webhook

from app.engine.config import EngineConfig
from app.engine.deliveries.courier import AT_ONCE_TO_ONE
from app.engine.deliveries.retries import MAX_ATTEMPTS
from app.engine.wakeups.publisher import Publisher
from app.graph.engine_events import COMPLETED, FAILED, STARTED
from app.scripts.stack.processes import wait_until
from app.secrets.box import SecretBox
from app.storage.deliveries.deliveries import send_again
from app.storage.deliveries.sending import claim_deliveries
from app.storage.orm import make_sessions
from tests.engine.deliveries.conftest import BOX, SECRET, Played
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, worker_context
from tests.service import Call, Service

PLAIN = graph("start>a")


@contextmanager
def other_worker(stack: Stack, engine: Engine, config: EngineConfig) -> Iterator[Played]:
    worker = worker_context(engine, Publisher(lambda wake_ups: None), config=config)
    yield Played(stack, worker)
    worker.courier.stop(20)


def headers(call: Call) -> dict[str, str]:
    return {name.lower(): value for name, value in call.headers.items()}


def execution_and_type(call: Call) -> tuple[str, str]:
    return call.json["subject"], call.json["type"]


def test_delivery_is_a_signed_cloud_event(played: Played, calls: Service) -> None:
    subscription = played.subscribe(f"{calls.url}/in", COMPLETED)
    workflow = played.save(PLAIN, name="orders")

    id = played.run(workflow)
    played.worker.poster.post()
    (delivery,) = played.send(subscription, delivered=1)

    (call,) = calls.at("/in")
    Webhook(SECRET).verify(call.body, headers(call))
    (event,) = played.events(id)
    assert headers(call)["webhook-id"] == call.json["id"] == event.id == delivery.event_id
    assert headers(call)["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert {name: call.json[name] for name in ("specversion", "type", "source", "subject", "datacontenttype")} == {
        "specversion": "1.0",
        "type": COMPLETED,
        "source": f"trigraph/workflows/{workflow}",
        "subject": id,
        "datacontenttype": "application/json",
    }
    assert call.json["data"] == event.payload
    assert (delivery.attempts, delivery.answer_status, delivery.error) == (1, 200, None)


def test_subscription_gets_its_types_and_its_workflow_only(played: Played, calls: Service) -> None:
    mine, other = played.save(PLAIN), played.save(PLAIN)
    subscription = played.subscribe(f"{calls.url}/in", COMPLETED, FAILED, workflow_id=mine)
    played.subscribe(f"{calls.url}/other", STARTED)

    ids = [played.run(workflow) for workflow in (mine, other)]
    played.worker.poster.post()
    played.send(subscription, delivered=1)

    assert [execution_and_type(call) for call in calls.at("/in")] == [(ids[0], COMPLETED)]


def test_failed_attempts_are_repeated_under_the_same_id(played: Played, calls: Service) -> None:
    subscription = played.subscribe(f"{calls.url}/fail?times=2", COMPLETED)
    played.run(played.save(PLAIN))
    played.worker.poster.post()

    for attempt in (1, 2):
        assert wait_until(partial(has_failed, played, subscription, attempt), seconds=20)
        (delivery,) = played.deliveries(subscription)
        assert (delivery.status, delivery.error) == ("pending", "The receiver answered 503.")
        assert (delivery.answer_status, json.loads(delivery.answer)) == (503, {"error": "not yet"})
        played.make_due()
    played.send(subscription, delivered=1)

    assert len({headers(call)["webhook-id"] for call in calls.at("/fail")}) == 1
    assert len(calls.at("/fail")) == 3


def has_failed(played: Played, subscription: str, attempt: int) -> bool:
    played.worker.courier.wake()
    (delivery,) = played.deliveries(subscription)
    return delivery.attempts == attempt and delivery.claimed_until is None


#   An execution that has begun, waited and ended has three deliveries; another one has three of its own.
def test_order_holds_within_an_execution_and_holds_up_no_other(played: Played, calls: Service) -> None:
    played.save(PLAIN)
    subscription = played.subscribe(f"{calls.url}/in", STARTED, COMPLETED)
    ids = [played.run(played.save(PLAIN)) for _ in range(2)]
    played.worker.poster.post()
    # The first delivery of the first execution has failed and waits for its next attempt.
    played.stack.execute(
        "UPDATE deliveries SET attempts = 3, next_attempt_at = now() + interval '1 hour'"
        " WHERE execution_id = %s AND type = %s",
        (ids[0], STARTED),
    )

    played.send(subscription, delivered=2, pending=2)
    assert [execution_and_type(call) for call in calls.at("/in")] == [(ids[1], STARTED), (ids[1], COMPLETED)]
    played.make_due()
    played.send(subscription, delivered=4)

    assert [execution_and_type(call) for call in calls.at("/in")[2:]] == [(ids[0], STARTED), (ids[0], COMPLETED)]


def test_last_attempt_gives_up_and_the_next_event_follows(played: Played, calls: Service) -> None:
    subscription = played.subscribe(f"{calls.url}/in?code=500", STARTED, COMPLETED)
    played.run(played.save(PLAIN))
    played.worker.poster.post()
    played.stack.execute("UPDATE deliveries SET attempts = %s", (MAX_ATTEMPTS - 1,))

    dead = played.send(subscription, dead=2)

    assert [each.type for each in dead] == [STARTED, COMPLETED]
    assert dead[0].error == "12 attempts failed. The last one: The receiver answered 500."
    assert [call.json["type"] for call in calls.at("/in")] == [STARTED, COMPLETED]


def test_gone_receiver_is_switched_off(played: Played, calls: Service) -> None:
    url = f"{calls.url}/in?code=410"
    subscription = played.subscribe(url, STARTED, COMPLETED)
    played.run(played.save(PLAIN))
    played.worker.poster.post()

    dead = played.send(subscription, dead=2)

    sentence = (
        f"{url} answered 410 Gone, which means that it wants no more deliveries, so the subscription was switched off;"
        " switch it on with `is_active`: true."
    )
    assert [each.error for each in dead] == [sentence, sentence]
    (row,) = played.stack.rows("SELECT * FROM webhook_subscriptions WHERE id = %s", (subscription,))
    assert (row.is_active, row.off_reason) == (False, sentence)
    assert len(calls.at("/in")) == 1
    assert played.stack.rows("SELECT FROM engine_event_types") == []


def test_redirect_is_not_followed(played: Played, calls: Service) -> None:
    subscription = played.subscribe(f"{calls.url}/to?url={calls.url}/in", COMPLETED)
    played.run(played.save(PLAIN))
    played.worker.poster.post()

    assert wait_until(partial(has_failed, played, subscription, 1), seconds=20)

    (delivery,) = played.deliveries(subscription)
    assert delivery.error == (
        f"The receiver redirects to {calls.url}/in (302), which is not followed; set the `url` to that address."
    )
    assert calls.at("/in") == []


def test_private_address_is_refused(played: Played, calls: Service, engine: Engine) -> None:
    subscription = played.subscribe(f"{calls.url}/in", COMPLETED)
    played.run(played.save(PLAIN))
    played.worker.poster.post()

    with other_worker(played.stack, engine, EngineConfig(secret_box=BOX)) as strict:
        (dead,) = strict.send(subscription, dead=1)

    assert dead.error == "127.0.0.1 is a private address; HTTP_ALLOW_PRIVATE=true allows those."
    assert calls.calls == []


def test_missing_key_is_a_failed_attempt_with_its_remedy(played: Played, calls: Service, engine: Engine) -> None:
    subscription = played.subscribe(f"{calls.url}/in", COMPLETED)
    played.run(played.save(PLAIN))
    played.worker.poster.post()

    config = EngineConfig(secret_box=SecretBox(), allow_private_addresses=True)
    with other_worker(played.stack, engine, config) as keyless:
        assert wait_until(partial(has_failed, keyless, subscription, 1), seconds=20)

    (delivery,) = played.deliveries(subscription)
    assert "cannot be read, because SECRETS_KEY is not set; set it as it was" in delivery.error


def test_slow_receiver_holds_up_no_other(played: Played, calls: Service) -> None:
    slow = played.subscribe(f"{calls.url}/hold", COMPLETED)
    quick = played.subscribe(f"{calls.url}/in", COMPLETED)
    count = AT_ONCE_TO_ONE + 3
    for _ in range(count):
        played.run(played.save(PLAIN))
    played.worker.poster.post()

    played.send(quick, delivered=count)

    assert wait_until(lambda: len(calls.at("/hold")) == AT_ONCE_TO_ONE, seconds=20)
    assert {each.status for each in played.deliveries(slow)} == {"pending"}
    calls.released.set()
    played.send(slow, delivered=count)


def test_delivery_of_a_sender_that_died_is_sent_again(played: Played, calls: Service, engine: Engine) -> None:
    subscription = played.subscribe(f"{calls.url}/in", COMPLETED)
    played.run(played.save(PLAIN))
    played.worker.poster.post()
    with engine.raw_connection().cursor() as cursor:  # type: ignore[attr-defined]
        (claimed,) = claim_deliveries(cursor, limit=10, most=8, lease=60)
        assert claim_deliveries(cursor, limit=10, most=8, lease=60) == []
        cursor.connection.commit()

    played.stack.execute("UPDATE deliveries SET next_attempt_at = now(), claimed_until = now()")
    (delivered,) = played.send(subscription, delivered=1)

    assert headers(calls.at("/in")[0])["webhook-id"] == claimed.event_id
    assert delivered.attempts == 2


def test_dead_delivery_is_sent_again_under_its_id(played: Played, calls: Service, engine: Engine) -> None:
    subscription = played.subscribe(f"{calls.url}/fail?times=1", COMPLETED)
    played.run(played.save(PLAIN))
    played.worker.poster.post()
    played.stack.execute("UPDATE deliveries SET attempts = %s", (MAX_ATTEMPTS - 1,))
    (dead,) = played.send(subscription, dead=1)

    with make_sessions(engine)() as session, session.begin():
        send_again(session, subscription, dead.id)
    (delivered,) = played.send(subscription, delivered=1)

    assert (delivered.id, delivered.attempts) == (dead.id, 1)
    assert len({headers(call)["webhook-id"] for call in calls.at("/fail")}) == 1


def test_long_answer_is_read_only_at_its_start(played: Played, calls: Service) -> None:
    subscription = played.subscribe(f"{calls.url}/echo", COMPLETED)
    played.run(played.save(graph("start>a", a=node("transform", value=1)), name="n" * 3000))
    played.worker.poster.post()

    (delivered,) = played.send(subscription, delivered=1)

    assert len(delivered.answer) == 500
