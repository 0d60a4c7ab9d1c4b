"""A stack without workers whose worker is played by the test, and subscriptions of a receiver."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from app.engine.config import EngineConfig
from app.engine.deliveries.courier import secret_name
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import WorkerContext
from app.graph.engine_events import TYPES, list_named_types
from app.scripts.stack.processes import wait_until
from app.secrets.box import Key, SecretBox
from app.storage.ids import new_id
from tests.scenarios.stack import Stack, worker_context

BOX = SecretBox((Key(b"k" * 32),))
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@dataclass
class Played:
    """A worker that the test plays."""

    stack: Stack
    worker: WorkerContext
    woken: list[WakeUp] = field(default_factory=list)

    def save(
        self, document: Mapping[str, Any], *, trigger: Any = None, name: str | None = None, flow: Any = None
    ) -> str:
        """Save a workflow with its trigger; return its id."""
        id = self.stack.save(document)
        self.stack.execute(
            "UPDATE workflows SET trigger = %s, named_types = %s, name = coalesce(%s, name), flow = %s,"
            " catalog_revision = (SELECT revision + 1 FROM catalog) WHERE id = %s;"
            "UPDATE catalog SET revision = revision + 1",
            (json.dumps(trigger), list_named_types(trigger) or None, name, flow and json.dumps(flow), id),
        )
        return id

    def subscribe(self, url: str, *types: str, workflow_id: str | None = None) -> str:
        """Subscribe a receiver to these types, or to all; return the id of the subscription."""
        id = new_id()
        self.stack.execute(
            "INSERT INTO webhook_subscriptions (id, url, types, workflow_id, secret) VALUES (%s, %s, %s, %s, %s)",
            (id, url, list(types or TYPES), workflow_id, BOX.seal(secret_name(id), SECRET)),
        )
        return id

    def start(self, workflow: str, payload: Any = None, depth: int = 0) -> str:
        """Write an execution as the API does; return its id."""
        id = new_id()
        self.stack.execute(
            "INSERT INTO executions (id, workflow_id, version, status, payload, depth, next_check_at)"
            " VALUES (%s, %s, 1, 'PENDING', %s, %s, now() + interval '1 minute')",
            (id, workflow, json.dumps(payload or {}), depth),
        )
        return id

    def run(self, workflow: str, payload: Any = None, depth: int = 0) -> str:
        """Start an execution and walk it until nothing is at hand; return its id."""
        id = self.start(workflow, payload, depth)
        self.worker.walk([WakeUp(id)])
        return id

    def events(self, execution: str | None = None) -> list[SimpleNamespace]:
        """The events of the engine that were posted, in the order of their posting."""
        return self.stack.rows(
            "SELECT * FROM events WHERE cause_execution_id = coalesce(%s, cause_execution_id)"
            " AND type #>> '{}' LIKE 'trigraph.%%' ORDER BY id",
            (execution,),
        )

    def deliveries(self, subscription: str) -> list[SimpleNamespace]:
        return self.stack.rows("SELECT * FROM deliveries WHERE subscription_id = %s ORDER BY seq", (subscription,))

    def send(self, subscription: str, **wanted: int) -> list[SimpleNamespace]:
        """Send what is due until there are so many deliveries of each status; return them all."""

        def is_there() -> bool:
            self.worker.courier.wake()
            found = [each.status for each in self.deliveries(subscription)]
            return all(found.count(status) == count for status, count in wanted.items())

        assert wait_until(is_there, seconds=30), self.deliveries(subscription)
        return self.deliveries(subscription)

    def make_due(self) -> None:
        """As if the pauses of all pending deliveries were over."""
        self.stack.execute(
            "UPDATE deliveries SET next_attempt_at = now() WHERE status = 'pending' AND claimed_until IS NULL"
        )


@pytest.fixture
def played(quiet: Stack, engine: Engine) -> Iterator[Played]:
    woken: list[WakeUp] = []
    config = EngineConfig(allow_private_addresses=True, secret_box=BOX)
    worker = worker_context(engine, Publisher(woken.extend), config=config)
    yield Played(quiet, worker, woken)
    worker.courier.stop(20)
