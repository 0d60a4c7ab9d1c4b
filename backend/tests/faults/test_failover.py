"""Postgres falls silent, or a standby replaces it: API and workers continue within seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import requests

from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from tests.api.client import Api
from tests.faults.api_process import api_process
from tests.faults.standby import standby_of
from tests.proxy import Proxy, proxy_to
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

#: Seconds in which silence is noticed and everything works again, with room for a slow machine.
RECOVERED = 40


@pytest.fixture
def fresh(make_stack: Callable[..., Stack]) -> Stack:
    """A stack whose leases are longer than the fault."""
    return make_stack(WORKER_HEARTBEAT_TIMEOUT="120")


@pytest.fixture
def proxy(fresh: Stack) -> Iterator[Proxy]:
    with proxy_to(fresh.database_url) as opened:
        yield opened


def answers(api: Api) -> bool:
    """True if the API reads from Postgres."""
    try:
        return bool(api.get("/executions?limit=1", timeout=30).status_code == 200)
    except requests.RequestException:
        return False


def status_of(api: Api, id: str) -> str:
    try:
        return str(api.get(f"/executions/{id}", timeout=30).json().get("status"))
    except requests.RequestException:
        return ""


def held_twice(calls: Service) -> dict[str, object]:
    """A graph whose first node runs until the service is released."""
    return graph("start>a>b", a=node("http_call", url=calls.url + "/hold"), b=node("http_call", url=calls.url + "/b"))


def test_lost_connections_are_replaced_by_api_and_worker(fresh: Stack, proxy: Proxy, calls: Service) -> None:
    env = {"DATABASE_URL": proxy.url_for(fresh.database_url), "DATABASE_POOL_SIZE": "12"}
    fresh.start_worker(pool="threads", concurrency=2, **env)
    with api_process(fresh, **env) as (api, _):
        api.save(graph=held_twice(calls), trigger={"var": "go"})
        (before,) = api.fire({"go": 1})["executions"]
        calls.wait_for("/hold")

        proxy.drop()
        lost = time.monotonic()
        calls.released.set()

        assert wait_until(lambda: answers(api), seconds=RECOVERED)
        assert wait_until(lambda: status_of(api, before["id"]) == "COMPLETED", seconds=RECOVERED), fresh.log
        (after,) = api.fire({"go": 1})["executions"]
        assert wait_until(lambda: status_of(api, after["id"]) == "COMPLETED", seconds=RECOVERED), fresh.log
        assert time.monotonic() - lost < 2 * RECOVERED
        assert api.get("/health").json()["status"] == "healthy"
    assert set(calls.keys("/hold").values()) == {1}


def test_standby_that_is_promoted_takes_over(fresh: Stack, proxy: Proxy, calls: Service, servers: Servers) -> None:
    env = {"DATABASE_URL": proxy.url_for(fresh.database_url), "DATABASE_POOL_SIZE": "12"}
    fresh.start_worker(pool="threads", concurrency=2, **env)
    with api_process(fresh, **env) as (api, _), standby_of(servers.postgres) as standby:
        api.save(graph=held_twice(calls), trigger={"var": "go"})
        (before,) = api.fire({"go": 1})["executions"]
        calls.wait_for("/hold")
        assert wait_until(standby.has_caught_up, seconds=60)

        # The host is lost, and its name leads to the standby, first while that refuses writes.
        proxy.address = ("127.0.0.1", standby.port)
        proxy.drop()
        calls.released.set()
        assert wait_until(lambda: "read-only" in fresh.log or "unavailable" in fresh.log, seconds=RECOVERED), fresh.log
        standby.promote()

        assert wait_until(lambda: status_of(api, before["id"]) == "COMPLETED", seconds=RECOVERED), fresh.log
        (after,) = api.fire({"go": 1})["executions"]
        assert wait_until(lambda: status_of(api, after["id"]) == "COMPLETED", seconds=RECOVERED), fresh.log
    assert set(calls.keys("/hold").values()) == {1}
