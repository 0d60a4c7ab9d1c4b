"""A worker that is killed before it posts, or while it delivers, loses no event; ids stay the same."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace

import psycopg2

from app.engine.deliveries.courier import secret_name
from app.graph.engine_events import COMPLETED
from app.scripts.stack.processes import wait_until
from app.secrets.box import Key, SecretBox
from app.storage.deliveries.outbox import POSTING
from app.storage.ids import new_id
from tests.scenarios.graphs import graph
from tests.scenarios.stack import Stack
from tests.service import Service

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


def subscribe(stack: Stack, url: str) -> None:
    id = new_id()
    sealed = SecretBox((Key(KEY),)).seal(secret_name(id), SECRET)
    stack.execute(
        "INSERT INTO webhook_subscriptions (id, url, types, secret) VALUES (%s, %s, %s, %s)",
        (id, url, [COMPLETED], sealed),
    )


def delivery_of(stack: Stack, execution: str) -> SimpleNamespace | None:
    found = stack.rows("SELECT * FROM deliveries WHERE execution_id = %s", (execution,))
    return found[0] if found else None


def test_killed_worker_loses_no_event(make_stack: Callable[..., Stack], calls: Service) -> None:
    stack = make_stack(SECRETS_KEY=base64.b64encode(KEY).decode())
    subscribe(stack, calls.url + "/each")
    stack.start_worker()
    delivering = stack.begin(graph("start>a"))
    calls.wait_for("/each")
    # Nobody can post while another session holds the lock of posting.
    with closing(psycopg2.connect(stack.database_url)) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (POSTING,))
        unposted = stack.begin(graph("start>a"))
        stack.finish(unposted)

        stack.kill_workers()

        assert delivery_of(stack, unposted) is None
        (change,) = stack.rows("SELECT * FROM engine_events")
        assert (change.execution_id, change.type) == (unposted, COMPLETED)
    calls.released.set()
    calls.later.set()
    stack.execute("UPDATE deliveries SET next_attempt_at = now(), claimed_until = now()")
    stack.start_worker()

    def are_delivered() -> bool:
        found = [delivery_of(stack, id) for id in (delivering, unposted)]
        return all(each is not None and each.status == "delivered" for each in found)

    assert wait_until(are_delivered, seconds=30), stack.log[-4000:]
    ids = [(call.json["subject"], call.headers["webhook-id"]) for call in calls.at("/each")]
    # Two executions have no order; the delivery that was under way is made again with its id.
    assert ids[0][0] == delivering
    assert sorted(subject for subject, _ in ids) == sorted([delivering, delivering, unposted])
    assert len(set(ids)) == 2
