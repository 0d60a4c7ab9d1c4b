"""A pooler that gives each transaction another session of Postgres changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.settings import Settings
from app.storage.database import driver
from app.storage.migrate import migrate
from app.storage.pool import make_pool
from app.storage.prepared import PreparedStatement
from tests.faults.api_process import api_process
from tests.pooler import PROGRAM, pooler_to
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.servers import Databases

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed (apt-get install pgbouncer)")


@pytest.fixture
def pooled(fresh: Stack) -> Iterator[dict[str, str]]:
    """The environment of processes that reach Postgres through a pooler with two sessions."""
    with pooler_to(fresh.database_url, sessions=2) as url:
        yield {"DATABASE_URL": url, "DATABASE_POOLER": "transaction"}


#           ┌─▶ a ─▶ wait ─┐
#   start ──┤              ├─▶ both ─▶ last
#           └─▶ b ─────────┘
def test_api_and_workers_work_through_a_pooler(fresh: Stack, pooled: dict[str, str]) -> None:
    forked = graph(
        "start>a>wait>both", "start>b>both", "both>last", wait=node("delay", ms=100), both=node("transform", value=1)
    )
    fresh.start_worker(concurrency=2, **pooled)
    fresh.start_worker(pool="threads", concurrency=8, **pooled)

    with api_process(fresh, **pooled) as (api, _):
        api.save(graph=forked, trigger={"var": "go"})
        with ThreadPoolExecutor(8) as pool:
            fired = list(pool.map(lambda n: api.fire({"go": 1, "n": n}), range(20)))
        fresh.finish_all([execution["id"] for event in fired for execution in event["executions"]])
        health = api.get("/health").json()

    assert {(row.status, row.n) for row in fresh.rows("SELECT status, count(*) AS n FROM executions GROUP BY 1")} == {
        ("COMPLETED", 20)
    }
    assert health["status"] == "healthy"


def test_hot_statements_are_executed_on_any_session(database_url: str) -> None:
    double = PreparedStatement("double", {"n": "int"}, "SELECT 2 * %(n)s")

    with pooler_to(database_url, sessions=2) as url:
        connections = make_pool(Settings(database_url=url, database_pooler="transaction"), size=8)

        def ask(n: int) -> int:
            with driver(connections) as connection, connection.cursor() as cursor:
                double.execute(cursor, {"n": n})
                (answer,) = cursor.fetchone() or (0,)
                return int(answer)

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(100)))
        connections.dispose()

    assert answers == [2 * n for n in range(100)]


def test_migrations_run_through_a_pooler(databases: Databases) -> None:
    def leave_empty(url: str) -> None:
        """No schema at all."""

    with databases.fresh(leave_empty) as empty, pooler_to(empty, sessions=4) as url, ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, [url] * 3))
