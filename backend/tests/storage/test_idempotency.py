"""Idempotency keys: the first response for repeats, a refusal for another body, an end after their term."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg2
import pytest
from sqlalchemy import Engine

from app.storage.database import Cursor, transaction
from app.storage.idempotency import (
    FirstResponse,
    KeyedRequest,
    KeyReused,
    claim_key,
    delete_expired_keys,
    store_response,
)
from app.storage.json_text import JsonText

REQUEST = KeyedRequest(key="order-7", route="POST /executions", body=b'{"workflow_id":"w"}', days=30)
RESPONSE = FirstResponse(201, JsonText('{"id":"e","output":1.0}'))


def use(engine: Engine, request: KeyedRequest, response: FirstResponse = RESPONSE) -> FirstResponse | None:
    """What a route does: claim the key, work, keep the response."""
    with transaction(engine) as cursor:
        first = claim_key(cursor, request)
        if first is None:
            store_response(cursor, request, response)
        return first


def test_repeat_gets_first_response(engine: Engine) -> None:
    use(engine, REQUEST)

    assert use(engine, REQUEST) == RESPONSE


def test_other_body_is_refused_by_name(engine: Engine) -> None:
    use(engine, REQUEST)

    with pytest.raises(KeyReused) as refused:
        use(engine, replace(REQUEST, body=b"{}"))
    assert str(refused.value) == (
        "The Idempotency-Key 'order-7' was used before with another body; use a new key for a new request."
    )


def test_long_key_is_cut_in_the_refusal(engine: Engine) -> None:
    long = replace(REQUEST, key="k" * 5000)
    use(engine, long)

    with pytest.raises(KeyReused) as refused:
        use(engine, replace(long, body=b"{}"))
    assert len(str(refused.value)) < 250


def test_each_route_has_its_own_keys(engine: Engine) -> None:
    use(engine, REQUEST)

    assert use(engine, replace(REQUEST, route="POST /events", body=b"{}")) is None


def test_failed_request_leaves_key_free(engine: Engine) -> None:
    unstorable = FirstResponse(201, JsonText("not JSON"))
    with pytest.raises(psycopg2.DataError):
        use(engine, REQUEST, unstorable)

    assert use(engine, REQUEST) is None


def test_only_one_of_many_at_once_is_first(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        firsts = list(pool.map(lambda n: use(engine, REQUEST, FirstResponse(201, JsonText(str(n)))), range(8)))

    assert firsts.count(None) == 1
    assert len({first.body for first in firsts if first is not None}) == 1


def test_expired_key_is_a_new_one(engine: Engine, cursor: Cursor) -> None:
    use(engine, REQUEST)
    cursor.execute("UPDATE idempotency_keys SET expires_at = now() - interval '1 second'")

    assert use(engine, replace(REQUEST, body=b"{}")) is None
    assert use(engine, replace(REQUEST, body=b"{}")) == RESPONSE


def test_expired_keys_are_deleted_in_batches(engine: Engine, cursor: Cursor) -> None:
    for number in range(3):
        use(engine, replace(REQUEST, key=str(number)))
    cursor.execute("UPDATE idempotency_keys SET expires_at = now() - interval '1 second'")
    use(engine, replace(REQUEST, key="live"))

    # So Postgres joins by a nested loop, as it does where it knows little of the table.
    cursor.execute("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off")
    cursor.execute("SET enable_hashagg = off; SET enable_sort = off")

    assert [delete_expired_keys(cursor, batch=2) for _ in range(3)] == [2, 1, 0]
    assert use(engine, replace(REQUEST, key="live")) == RESPONSE
