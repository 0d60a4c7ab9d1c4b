"""Subscriptions over HTTP: saved, shown without their secrets, refused by name; deliveries listed and repeated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg2
import pytest

from app.api.dependencies import AppContext
from app.engine.deliveries.courier import secret_name
from app.graph.engine_events import COMPLETED, FAILED
from app.secrets.box import Key, SecretBox
from app.storage.ids import new_id
from tests.api.client import Api

BODY: dict[str, Any] = {"url": "https://example.com/in", "types": [FAILED]}
BOX = SecretBox((Key(b"k" * 32),))
NOBODY = "0199c1f6-3a10-7c41-8d2e-5b7f9a1c0d62"


@pytest.fixture
def with_key(api: Api) -> Iterator[Api]:
    """The API with a key for secrets."""
    assert api.app is not None
    context: AppContext = api.app.state.context
    config = replace(context.engine_context.config, secret_box=BOX)
    api.app.state.context = replace(context, engine_context=replace(context.engine_context, config=config))
    yield api
    api.app.state.context = context


def subscribe(api: Api, **body: Any) -> dict[str, Any]:
    answer = api.post("/subscriptions", json={**BODY, **body})
    assert answer.status_code == 201, answer.text
    subscription: dict[str, Any] = answer.json()
    return subscription


def deliver(database_url: str, subscription: str, status: str = "dead", count: int = 1) -> list[str]:
    """Write deliveries as a worker does; return their ids, oldest first."""
    ids = [new_id() for _ in range(count)]
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        for id in ids:
            cursor.execute(
                "INSERT INTO deliveries (id, subscription_id, event_id, execution_id, type, body, status, attempts,"
                " next_attempt_at, answer_status, answer, error, attempted_at, finished_at)"
                " VALUES (%s, %s, %s, %s, %s, '{}', %s, 12, CASE WHEN %s = 'pending' THEN now() END, 503, 'no',"
                " 'The receiver answered 503.', now(), CASE WHEN %s <> 'pending' THEN now() END)",
                (id, subscription, NOBODY, NOBODY, FAILED, status, status, status),
            )
    return ids


def test_made_secret_is_shown_once(with_key: Api, database_url: str) -> None:
    created = subscribe(with_key)

    assert created["secret"].startswith("whsec_")
    shown = {name: value for name, value in created.items() if name != "secret"}
    assert with_key.get(f"/subscriptions/{created['id']}").json() == shown
    assert with_key.get("/subscriptions").json() == [shown]
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhook_subscriptions")
        ((sealed,),) = cursor.fetchall()
    assert BOX.open_sealed(secret_name(created["id"]), sealed) == created["secret"]


def test_given_secret_is_not_shown(with_key: Api) -> None:
    assert "secret" not in subscribe(with_key, secret="whsec_" + "QUFB" * 8)


def test_subscription_needs_a_key_for_secrets(api: Api) -> None:
    answer = api.post("/subscriptions", json=BODY)

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("SECRETS_KEY is not set")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"types": []}, "it is empty; name at least one type"),
        (
            {"types": ["order.paid"]},
            '"order.paid" is not a type of the engine; the types are trigraph.approval.decided',
        ),
        ({"url": "ftp://x"}, '`url` is "ftp://x"; only http:// and https:// URLs can be called.'),
        ({"url": "http://169.254.169.254/"}, "169.254.169.254 is an address that is never called."),
        ({"url": "/in"}, "this URL has no scheme; begin it with https:// or http://."),
        ({"url": "https://a:b@example.com/"}, "`url` has a login, which everyone can read here"),
        ({"secret": "whsec_short"}, "`secret` is not a secret of Standard Webhooks"),
        ({"nonsense": 1}, "nonsense"),
        ({"types": "all"}, "list"),
    ],
)
def test_wrong_subscription_is_refused_by_name(with_key: Api, change: Any, reason: str) -> None:
    answer = with_key.post("/subscriptions", json={**BODY, **change})

    assert answer.status_code == 422
    assert reason in str(answer.json()["detail"]).replace('\\"', '"')


def test_unknown_ids_are_not_found(with_key: Api) -> None:
    assert with_key.post("/subscriptions", json={**BODY, "workflow_id": NOBODY}).status_code == 404
    for path in (f"/subscriptions/{NOBODY}", "/subscriptions/none", f"/subscriptions/{NOBODY}/deliveries"):
        assert with_key.get(path).status_code == 404
    created = subscribe(with_key)
    assert with_key.post(f"/subscriptions/{created['id']}/deliveries/{NOBODY}/redeliver").status_code == 404


def test_subscription_is_replaced_and_keeps_its_secret(with_key: Api, database_url: str) -> None:
    created = subscribe(with_key)

    body = {"url": "https://example.com/other", "types": [COMPLETED, COMPLETED]}
    changed = with_key.put(f"/subscriptions/{created['id']}", json=body).json()

    assert (changed["url"], changed["types"], changed["is_active"]) == (body["url"], [COMPLETED], True)
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhook_subscriptions")
        ((sealed,),) = cursor.fetchall()
    assert BOX.open_sealed(secret_name(created["id"]), sealed) == created["secret"]


def test_switching_off_gives_up_what_is_pending(with_key: Api, database_url: str) -> None:
    created = subscribe(with_key)
    (id,) = deliver(database_url, created["id"], "pending")

    off = with_key.put(f"/subscriptions/{created['id']}", json={**BODY, "is_active": False}).json()
    (delivery,) = with_key.get(f"/subscriptions/{created['id']}/deliveries").json()
    again = with_key.post(f"/subscriptions/{created['id']}/deliveries/{id}/redeliver")

    assert (off["is_active"], off["off_reason"]) == (False, "The subscription was switched off.")
    assert (delivery["status"], delivery["error"]) == ("dead", "The subscription was switched off.")
    assert again.status_code == 409
    assert again.json()["detail"] == (
        f"Subscription {created['id']} is not active (The subscription was switched off.); switch it on first, with "
        "`is_active`: true."
    )


def test_deliveries_are_listed_page_by_page(with_key: Api, database_url: str) -> None:
    created = subscribe(with_key)
    ids = deliver(database_url, created["id"], count=3)
    deliver(database_url, created["id"], "delivered")

    url: str | None = f"/subscriptions/{created['id']}/deliveries?status=dead&limit=2"
    found: list[Any] = []
    while url:
        answer = with_key.get(url)
        found += answer.json()
        url = answer.links["next"]["url"] if "next" in answer.links else None

    assert [each["id"] for each in found] == ids[::-1]
    assert (found[0]["attempts"], found[0]["answer"]) == (12, {"status": 503, "body": "no"})


def test_dead_delivery_is_sent_again(with_key: Api, database_url: str) -> None:
    created = subscribe(with_key)
    (id,) = deliver(database_url, created["id"])

    path = f"/subscriptions/{created['id']}/deliveries/{id}/redeliver"
    first, second = with_key.post(path), with_key.post(path)

    assert (first.json()["status"], first.json()["attempts"]) == ("pending", 0)
    assert second.status_code == 409
    assert second.json()["detail"] == f"Delivery {id} is pending; it is sent without this command."


def test_deleted_subscription_leaves_nothing(with_key: Api, database_url: str) -> None:
    created = subscribe(with_key)
    deliver(database_url, created["id"], "pending")

    assert with_key.delete(f"/subscriptions/{created['id']}").json() == {"status": "deleted"}

    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM engine_event_types)")
        assert cursor.fetchone() == (0, 0)


def test_deed_is_in_the_audit_without_the_secret(with_key: Api, database_url: str) -> None:
    created = subscribe(with_key)
    with_key.delete(f"/subscriptions/{created['id']}")

    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT action, detail::text FROM audit WHERE thing_id = %s ORDER BY at", (created["id"],))
        rows = cursor.fetchall()
    assert [action for action, _ in rows] == ["create", "delete"]
    assert created["secret"] not in str(rows)


#   A trigger saved over HTTP names its types at once, in any dialect.
def test_saved_trigger_is_listened_for(api: Api, database_url: str) -> None:
    body = {"name": "w", "trigger": {"==": [{"var": "$event.type"}, FAILED]}, "self": True, "graph": {"nodes": []}}

    workflow = api.post("/workflows", json=body).json()

    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT type FROM engine_event_types")
        listened = cursor.fetchall()
    assert listened == [(FAILED,)]
    assert workflow["self"] is True


@pytest.mark.parametrize("value", ["yes", 1, {}])
def test_self_must_be_a_boolean(api: Api, value: Any) -> None:
    answer = api.post("/workflows", json={"name": "w", "graph": {"nodes": []}, "self": value})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["code"] == "INVALID_SELF"
