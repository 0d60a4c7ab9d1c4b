"""Leases: a result counts, and a claim is renewed, until somebody else claims the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Engine

from app.engine.attempts import leases as leases_module
from app.engine.attempts.leases import HeldClaim, Leases
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import HandlerResult
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import WorkerContext
from app.scripts.stack.processes import wait_until
from app.storage.database import transaction
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack, registry, worker_context


class Interrupted:
    """Counts its calls; something happens during the first one."""

    type = "interrupted"

    def __init__(self) -> None:
        self.calls = 0
        self.meanwhile: Callable[[], Any] = lambda: None

    def execute(self, **_: Any) -> HandlerResult:
        self.calls += 1
        if self.calls == 1:
            self.meanwhile()
        return HandlerResult(result=self.calls)


@contextmanager
def hold(leases: Leases, claim: HeldClaim) -> Iterator[None]:
    leases.add(claim)
    yield
    leases.remove(claim)


@pytest.fixture
def handler() -> Interrupted:
    return Interrupted()


@pytest.fixture
def worker(engine: Engine, handler: Interrupted) -> WorkerContext:
    types = registry()
    types.register(handler)
    return worker_context(engine, Publisher(lambda wake_ups: None), workflows=WorkflowCache(types))


@pytest.mark.parametrize("after", ["b", "a fork"])
def test_result_counts_until_step_is_claimed_again(
    quiet: Stack, worker: WorkerContext, handler: Interrupted, after: str
) -> None:
    nap = node("nap")
    document = graph("start>a>b", a=node("interrupted"), b=nap)
    if after == "a fork":
        document = graph("start>a>b", "a>c", a=node("interrupted"), b=nap, c=nap)
    (id,) = quiet.accept(document)
    expire = "UPDATE steps SET status = 'READY', next_check_at = now() WHERE node_id = 'a'"
    handler.meanwhile = lambda: quiet.execute(expire)

    worker.walk([WakeUp(id)])

    assert quiet.step(id, "b").status in ("COMPLETED", "READY")
    assert handler.calls == 1
    assert quiet.step(id, "a").claim == 1


@pytest.mark.parametrize(("losses", "together"), [(1, 1), (0, 5)], ids=["alone", "together"])
def test_renewal_makes_expired_step_running_again(
    quiet: Stack, engine: Engine, worker: WorkerContext, handler: Interrupted, losses: int, together: int
) -> None:
    (id,) = quiet.accept(graph("start>a", a=node("interrupted")))
    seen = []
    leases = Leases(engine, interval=60, lease=60)
    expire = (
        "UPDATE steps SET status = 'READY', losses = %s, lost_together = %s, next_check_at = now() WHERE node_id = 'a'"
    )

    def renew() -> None:
        quiet.execute(expire, (losses, together))
        with hold(leases, HeldClaim(id, "a", 1, 1, 1)):
            leases.renew(held_for=0)
        step = quiet.step(id, "a")
        seen.append((step.status, step.losses, step.lost_together))

    handler.meanwhile = renew
    worker.walk([WakeUp(id)])

    assert seen == [("RUNNING", 0, 0)]


def test_renewal_does_not_take_a_step_back(quiet: Stack, engine: Engine) -> None:
    (id,) = quiet.accept(graph("start>a", a=node("nap")))
    quiet.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim)"
        " VALUES (%s, 'a', 1, 1, gen_random_uuid(), 'nap', 'READY', 2)",
        (id,),
    )
    leases = Leases(engine, interval=60, lease=60)

    with hold(leases, HeldClaim(id, "a", 1, 1, 1)):
        leases.renew(held_for=0)

    assert quiet.step(id, "a").status == "READY"


def test_renewal_leaves_a_step_alone_whose_execution_is_held(quiet: Stack, engine: Engine) -> None:
    (id,) = quiet.accept(graph("start>a", a=node("nap")))
    quiet.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim)"
        " VALUES (%s, 'a', 1, 1, gen_random_uuid(), 'nap', 'READY', 1)",
        (id,),
    )
    leases = Leases(engine, interval=60, lease=60)

    with transaction(engine) as cursor, hold(leases, HeldClaim(id, "a", 1, 1, 1)):
        cursor.execute("SELECT 1 FROM executions WHERE id = %s FOR UPDATE", (id,))
        leases.renew(held_for=0)
        held = quiet.step(id, "a").status
    with hold(leases, HeldClaim(id, "a", 1, 1, 1)):
        leases.renew(held_for=0)

    assert (held, quiet.step(id, "a").status) == ("READY", "RUNNING")


def test_worker_that_is_stopped_does_not_count_as_lost(quiet: Stack, engine: Engine) -> None:
    (id,) = quiet.accept(graph("start>a", a=node("nap")))
    quiet.execute(
        "INSERT INTO steps (execution_id, node_id, visit, attempt, id, type, status, claim, losses)"
        " VALUES (%s, 'a', 1, 1, gen_random_uuid(), 'nap', 'RUNNING', 3, 2)",
        (id,),
    )
    leases = Leases(engine, interval=60, lease=60, is_stopping=lambda: True)

    with hold(leases, HeldClaim(id, "a", 1, 1, 3)):
        leases.renew(held_for=0)
        leases.renew(held_for=0)

    assert quiet.step(id, "a").losses == 1


def test_failed_renewal_is_repeated_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    renewals: list[Any] = []

    def renew(*args: Any, **kwargs: Any) -> list[Any]:
        renewals.append(args)
        if len(renewals) == 1:
            raise psycopg2.OperationalError("gone")
        return []

    monkeypatch.setattr(leases_module.claims, "renew_claims", renew)
    leases = Leases(engine, interval=1.0, lease=60)

    with hold(leases, HeldClaim("e", "a", 1, 1, 1)):
        assert wait_until(lambda: len(renewals) >= 1, seconds=20)
        assert wait_until(lambda: len(renewals) >= 2, seconds=0.9)
