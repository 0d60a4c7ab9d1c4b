"""APIs and workers that start together on an empty database have the shipped workflows, and can run them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

import pytest

from app.scripts.stack.embedded import Servers
from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.processes import Child, Program, wait_until
from app.scripts.stack.services import is_healthy
from app.settings import BACKEND
from tests.scenarios.stack import QUICK, Stack, broker
from tests.servers import Databases

SHIPPED = {"expense-approval": 1, "order-processing": 1, "sample": 1}
ORDER = {
    "order_id": "ORD-12345",
    "customer_id": "CUST-789",
    "order_amount": 1500.00,
    "items": [{"product_id": "PROD-1", "quantity": 2}],
    "payment_method": {"type": "credit_card", "last4": "1234"},
    "customer_email": "customer@example.com",
    "customer_phone": "+1234567890",
}


def leave_empty(url: str) -> None:
    """Prepare nothing: the database has no schema."""


@contextmanager
def python(stack: Stack, name: str, *arguments: str) -> Iterator[Child]:
    child = Child(Program(name, [sys.executable, *arguments], stack.folder / f"{name}.log", BACKEND, stack.env))
    try:
        yield child
    finally:
        child.kill()


@pytest.fixture(scope="module")
def empty(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose database has no schema yet, and whose handlers may reach no private address but the demo's."""
    env = {name: value for name, value in QUICK.items() if name not in ("WORKFLOWS_DIR", "HTTP_ALLOW_PRIVATE")}
    with databases.fresh(leave_empty) as database_url, broker(servers) as redis_url:
        urls = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "DEMO_URL": f"http://localhost:{free_port()}"}
        folder = tmp_path_factory.mktemp("shipped")
        opened = Stack(servers, database_url, redis_url, folder, {**os.environ, **env, **urls})
        try:
            yield opened
        finally:
            opened.kill_workers()


@pytest.fixture(scope="module")
def ports(empty: Stack) -> Iterator[list[int]]:
    """The ports of two APIs that started together with two workers and the demo service."""
    one, other = free_port(), free_port()
    serve = ("-m", "uvicorn", "app.main:app", "--port")
    with (
        python(empty, "api1", *serve, str(one)),
        python(empty, "api2", *serve, str(other)),
        python(empty, "demo", "-m", "app.scripts.demo", empty.env["DEMO_URL"].rpartition(":")[2]),
    ):
        workers = [empty.start_worker(app="app.engine.orchestrator.celery_app", ready=False) for _ in range(2)]
        for worker in workers:
            empty.wait_ready(worker)
        for port in (one, other):
            assert wait_until(partial(is_healthy, "127.0.0.1", port), seconds=60), empty.log
        yield [one, other]


def ask(port: int, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"})
    with urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_concurrent_starts_register_each_file_once(empty: Stack, ports: list[int]) -> None:
    listed = [{workflow["name"]: workflow["version"] for workflow in ask(port, "/workflows")} for port in ports]

    assert listed == [SHIPPED, SHIPPED]
    rows = empty.rows("SELECT count(*) AS n FROM workflows"), empty.rows("SELECT count(*) AS n FROM workflow_versions")
    assert [found[0].n for found in rows] == [3, 3]
    assert [empty.log.count(f" is registered as {name} (new).") for name in SHIPPED] == [1, 1, 1], empty.log
    assert wait_until(lambda: workers(ports[0]) == "healthy (2 active)", seconds=20), empty.log


def workers(port: int) -> str:
    said: str = ask(port, "/v1/health")["services"]["workers"]
    return said


def test_example_order_waits_for_the_manager(empty: Stack, ports: list[int]) -> None:
    one, other = ports
    (order,) = [workflow["id"] for workflow in ask(one, "/workflows") if workflow["name"] == "order-processing"]

    id = ask(one, f"/executions/workflows/{order}/execute", {"parameters": ORDER})["id"]
    assert wait_until(lambda: bool(ask(other, f"/approvals?execution_id={id}")), seconds=30), empty.story(id)
    (approval,) = ask(other, f"/approvals?execution_id={id}")
    assert approval["title"] == "Approve order ORD-12345"
    assert ask(one, f"/executions/{id}")["status"] == "RUNNING"
    ask(other, f"/approvals/{approval['id']}/approve", {"approved": True, "approved_by": "manager"})

    assert empty.finish(id, seconds=30).status == "COMPLETED", empty.story(id)
    results = ask(one, f"/executions/{id}")["result"]["task_results"]
    assert set(results) == {
        *("validate_order", "check_inventory", "check_payment", "manager_approval", "charge_payment"),
        *("reserve_inventory", "send_email", "send_sms", "complete_order"),
    }
    assert results["manager_approval"]["approved_by"] == "manager"
    assert results["charge_payment"]["body"]["status"] == "charged"
    assert results["complete_order"]["body"]["status"] == "completed"
