"""A stack for tests with workers: its own database, its own broker, workers as processes."""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg2
import redis
from celery import Celery
from psycopg2.extensions import connection
from sqlalchemy import Engine

from app.engine import handlers
from app.engine.attempts.leases import Leases
from app.engine.attempts.runners import Runners
from app.engine.commands import approvals, lifecycle
from app.engine.commands.aftermath import dispatch
from app.engine.commands.approvals import Decision
from app.engine.config import EngineConfig, EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import Registry, discover
from app.engine.wakeups.aftermath import Aftermath
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import WorkerContext
from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import Child, Program, wait_until
from app.setting_values import parse_queues
from app.settings import BACKEND, Settings
from app.storage.database import ConnectionPool, is_readable
from app.storage.engine import make_engine
from app.storage.ids import new_id
from app.storage.json_text import dumps
from app.triggers.triggers import TriggerCache
from tests.fork_server import start_module
from tests.long import SOAK
from tests.scenarios.extras import EXTRAS
from tests.servers import NOWHERE, Databases

DEPLOYMENT = "tests.scenarios.deployment.celery_app"
#: Much sooner than by default, yet late enough for a machine that has other things to do.
QUICK = {
    "WORKER_HEARTBEAT_INTERVAL": "0.5",
    "WORKER_HEARTBEAT_TIMEOUT": "3",
    "WAKE_UP_GRACE": "1",
    "UNKNOWN_TYPE_TIMEOUT": "1",
    "TIMEKEEPER_INTERVAL": "0.2",
    "HTTP_ALLOW_PRIVATE": "true",
    "WORKFLOWS_DIR": NOWHERE,
}
_numbers = itertools.count(1)
#: Worker contexts whose walks may run.
_contexts: list[WorkerContext] = []
#: Valkey's numbered databases that no stack uses.
_free = list(range(15, 0, -1))


@dataclass
class Stack:
    """One deployment: its database, its broker, and the workers that a test starts."""

    servers: Servers
    database_url: str
    redis_url: str
    folder: Path
    env: dict[str, str]
    workers: list[Child] = field(default_factory=list)
    _connections: threading.local = field(default_factory=threading.local)

    # --- workers ------------------------------------------------------------------------------------------------

    def start_worker(
        self,
        *,
        pool: str = "prefork",
        concurrency: int = 2,
        queues: str | None = None,
        app: str = DEPLOYMENT,
        level: str = "INFO",
        cwd: Path = BACKEND,
        ready: bool = True,
        options: Sequence[str] = (),
        **env: str,
    ) -> Child:
        """A worker that is ready for work; ``ready=False`` does not wait for that."""
        name = f"worker{next(_numbers)}"
        command = [sys.executable, "-m", "celery", "-A", app, "worker", "-l", level, "-P", pool]
        given = [
            *options,
            "--concurrency",
            str(concurrency),
            "-n",
            f"{name}@localhost",
            "--without-gossip",
            "--without-mingle",
        ]
        given += ["-Q", queues] if queues else []
        log = self.folder / f"{name}.log"
        program = Program(name=name, command=[*command, *given], log=log, cwd=cwd, env={**self.env, **env})
        child = start_module(program, execute=SOAK)
        self.workers.append(child)
        if ready:
            self.wait_ready(child)
        return child

    @staticmethod
    def wait_ready(worker: Child) -> None:
        ended = wait_until(lambda: worker.has_logged(" ready.") or worker.status is not None, seconds=40)
        assert ended, worker.exit_report()
        assert worker.status is None, worker.exit_report()

    def kill_workers(self) -> None:
        """Send SIGKILL to the workers and to their pools."""
        for worker in self.workers:
            worker.kill()
        self.workers.clear()

    @property
    def log(self) -> str:
        """The logs of all workers."""
        return "\n".join(log.read_text(errors="replace") for log in sorted(self.folder.glob("*.log")))

    @property
    def config(self) -> EngineConfig:
        """The configuration of an API process."""
        grace = float(self.env.get("WAKE_UP_GRACE", EngineConfig.grace))
        return EngineConfig(grace=grace, queues=parse_queues(self.env.get("HANDLER_QUEUES", "")))

    def context(self, engine: ConnectionPool) -> EngineContext:
        """The context of commands in a process whose publisher sends nothing."""
        return EngineContext(engine, workflow_cache(), TriggerCache(), Publisher(lambda wake_ups: None), self.config)

    # --- executions ---------------------------------------------------------------------------------------------

    def save(self, document: Mapping[str, Any], *, kind: str = "graph") -> str:
        """Write a workflow into its tables, without the API; return its id. ``kind`` is its dialect."""
        id, text = new_id(), json.dumps(document)
        self.execute(
            "INSERT INTO workflows (id, kind, name, trigger, document, is_active, catalog_revision)"
            " VALUES (%s, %s, %s, 'null', %s, true, 1)",
            (id, kind, f"test {id}", text),
        )
        self.execute("INSERT INTO workflow_versions (workflow_id, version, document) VALUES (%s, 1, %s)", (id, text))
        return id

    def accept(
        self,
        document: Mapping[str, Any],
        payload: Any = None,
        *,
        count: int = 1,
        check_in: float = 1,
        kind: str = "graph",
    ) -> list[str]:
        """Write executions as the API does, but publish nothing; return their ids."""
        workflow, ids = self.save(document, kind=kind), [new_id() for _ in range(count)]
        self.execute(
            "INSERT INTO executions (id, workflow_id, version, status, payload, next_check_at)"
            " SELECT id, %s, 1, 'PENDING', %s, now() + %s * interval '1 second' FROM unnest(%s::uuid[]) AS id",
            (workflow, dumps({} if payload is None else payload), check_in, ids),
        )
        return ids

    def begin(self, graph: Mapping[str, Any], payload: Any = None) -> str:
        """Start an execution and publish its wake-up; return its id."""
        (id,) = self.accept(graph, payload)
        self.wake(id)
        return id

    def begin_many(self, graph: Mapping[str, Any], count: int, payload: Any = None) -> list[str]:
        ids = self.accept(graph, payload, count=count, check_in=60)
        with Celery(broker=self.redis_url) as publisher:
            for start in range(0, count, 16):
                looks = [[id, None, None] for id in ids[start : start + 16]]
                publisher.send_task("trigraph.walk", (looks,), ignore_result=True)
        return ids

    def wake(self, *executions: str) -> None:
        self.send("trigraph.walk", [[id, None, None] for id in executions])

    def send(self, task: str, *arguments: Any, countdown: float | None = None, queue: str = "celery") -> None:
        """Publish a Celery message."""
        with Celery(broker=self.redis_url) as publisher:
            publisher.send_task(task, arguments, countdown=countdown, queue=queue, ignore_result=True)

    def publish(self, aftermath: Aftermath) -> None:
        """Publish the wake-ups that follow from a command."""
        if aftermath.match:
            self.send("trigraph.match")
        self.publish_wake_ups(aftermath.wake_ups)

    def publish_wake_ups(self, wake_ups: Iterable[WakeUp]) -> None:
        """Publish wake-ups."""
        for id, node, visit, countdown, queue, _ in wake_ups:
            to = queue or "celery"
            if countdown:
                self.send("trigraph.execute_node", id, "__RESUME_AFTER__", node, visit, countdown=countdown, queue=to)
            else:
                self.send("trigraph.walk", [[id, node, visit]], queue, queue=to)

    def cancel(self, execution: str) -> None:
        with self.engine() as engine:
            self.publish(lifecycle.cancel(self.context(engine), execution))

    def pause(self, execution: str) -> None:
        with self.engine() as engine:
            self.publish(lifecycle.pause(self.context(engine), execution))

    def resume(self, execution: str) -> None:
        with self.engine() as engine:
            self.publish(lifecycle.resume(self.context(engine), execution))

    def retry(self, execution: str) -> None:
        with self.engine() as engine:
            self.publish(lifecycle.retry(self.context(engine), execution))

    def end_delay(self, execution: str, node: str) -> None:
        """End the delay of a node now, and publish the message of its end."""
        self.execute("UPDATE steps SET due_at = now() WHERE execution_id = %s AND node_id = %s", (execution, node))
        self.send("trigraph.execute_node", execution, "__RESUME_AFTER__", node)

    def asks(self, execution: str, *, count: int = 1) -> SimpleNamespace:
        """The newest approval of an execution, once there are ``count`` of them."""

        def asked() -> list[SimpleNamespace]:
            return self.rows("SELECT * FROM approvals WHERE execution_id = %s ORDER BY created_at, id", (execution,))

        assert wait_until(lambda: len(asked()) >= count, seconds=20), self.story(execution)
        return asked()[-1]

    def decide(
        self,
        approval: str,
        approved: bool = True,
        by: str | None = None,
        comment: str | None = None,
        output: Any = None,
    ) -> None:
        with self.engine() as engine:
            decision = Decision(approved, by, comment, output)
            self.publish(approvals.decide(self.context(engine), approval, decision))

    def finish(self, execution: str, *, seconds: float = 20) -> SimpleNamespace:
        """Wait until the execution is terminal; return it."""
        if not wait_until(lambda: self.execution(execution).finished_at is not None, seconds=seconds):
            raise AssertionError(f"{execution} did not end.\n{self.story(execution)}")
        return self.execution(execution)

    def finish_all(self, executions: list[str], *, seconds: float = 60) -> None:
        """Wait until all of them are COMPLETED."""

        def left() -> int:
            statement = "SELECT count(*) AS n FROM executions WHERE id = ANY(%s::uuid[]) AND status <> 'COMPLETED'"
            return int(self.rows(statement, (executions,))[0].n)

        if wait_until(lambda: left() == 0, seconds=seconds):
            return
        statement = (
            "SELECT e.status, e.error::text AS error, s.node_id, s.status AS step, s.error::text AS reason,"
            " count(*) AS n"
            " FROM executions e LEFT JOIN steps s ON s.execution_id = e.id AND s.status <> 'COMPLETED'"
            " WHERE e.id = ANY(%s::uuid[]) AND e.status <> 'COMPLETED'"
            " GROUP BY e.status, e.error::text, s.node_id, s.status, s.error::text"
        )
        found = [vars(row) for row in self.rows(statement, (executions,))]
        raise AssertionError(f"{left()} of {len(executions)} did not complete: {found}")

    def execution(self, id: str) -> SimpleNamespace:
        return self.rows("SELECT * FROM executions WHERE id = %s", (id,))[0]

    def steps(self, execution: str) -> list[SimpleNamespace]:
        """The steps of an execution, in the order in which they were written."""
        return self.rows("SELECT * FROM steps WHERE execution_id = %s ORDER BY seq", (execution,))

    def step(self, execution: str, node: str) -> SimpleNamespace:
        """The newest step of a node."""
        return [step for step in self.steps(execution) if step.node_id == node][-1]

    def wait_for_step(self, execution: str, node: str, status: str, *, seconds: float = 20) -> None:
        def has() -> bool:
            return any(step.node_id == node and step.status == status for step in self.steps(execution))

        assert wait_until(has, seconds=seconds), self.story(execution)

    def ran(self, execution: str, status: str = "COMPLETED") -> list[str]:
        """The nodes of all steps with that status, in the order of their starts."""
        found = [step for step in self.steps(execution) if step.status == status]
        return [
            step.node_id for step in sorted(found, key=lambda step: (step.started_at or step.finished_at, step.seq))
        ]

    def story(self, execution: str) -> str:
        lines = [str(self.execution(execution)), *map(str, self.steps(execution)), self.log[-4000:]]
        return "\n".join(lines)

    # --- servers ------------------------------------------------------------------------------------------------

    def execute(self, statement: str, values: Any = ()) -> None:
        with self._connection().cursor() as cursor:
            cursor.execute(statement, values)

    def rows(self, statement: str, values: Any = ()) -> list[SimpleNamespace]:
        with self._connection().cursor() as cursor:
            cursor.execute(statement, values)
            names = [column.name for column in cursor.description or ()]
            return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]

    def _connection(self) -> connection:
        """This thread's connection: tests ask fifty times a second, and a new one costs ten times a query."""
        kept: connection | None = getattr(self._connections, "kept", None)
        # An idle connection has nothing to read, except that its server ends it.
        if kept is None or kept.closed or is_readable(kept.fileno()):
            kept = self._connections.kept = psycopg2.connect(self.database_url)
            kept.autocommit = True
        return kept

    @contextmanager
    def redis(self) -> Iterator[redis.Redis]:
        with redis.Redis.from_url(self.redis_url) as client:
            yield client

    def messages(self, queue: str = "celery") -> int:
        """Messages that wait for a worker."""
        with self.redis() as client:
            return int(client.llen(queue))

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = make_engine(Settings(database_url=self.database_url))
        try:
            yield engine
        finally:
            engine.dispose()


def workflow_cache() -> WorkflowCache:
    return WorkflowCache(registry())


def worker_context(
    engine: ConnectionPool,
    publisher: Publisher,
    *,
    config: EngineConfig | None = None,
    workflows: WorkflowCache | None = None,
    handlers_at_once: int = 200,
) -> WorkerContext:
    """The context of a worker, for tests that play the worker in their own process."""
    context = EngineContext(
        engine=engine,
        workflows=workflows or workflow_cache(),
        triggers=TriggerCache(),
        publisher=publisher,
        config=config or EngineConfig(),
    )
    leases = Leases(engine, interval=60, lease=60)
    runners = Runners(handlers_at_once)
    worker = WorkerContext(**vars(context), leases=leases, dispatch=partial(dispatch, context), runners=runners)
    _contexts.append(worker)
    return worker


def stop_walks() -> None:
    """Stop the walks of all worker contexts: a thread that is left would ask for a database that is gone."""
    while _contexts:
        worker = _contexts.pop()
        if "walker" in vars(worker):
            worker.walker.abandon()


def registry() -> Registry:
    """All node types, including those of the tests."""
    every = discover(handlers)
    for extra in EXTRAS:
        every.register(extra)
    return every


@contextmanager
def stack(servers: Servers, databases: Databases, folder: Path, **env: str) -> Iterator[Stack]:
    """A stack without workers; those that a test starts end with it."""
    with databases.lend() as database_url, broker(servers) as redis_url:
        urls = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        opened = Stack(servers, database_url, redis_url, folder, {**os.environ, **QUICK, **urls, **env})
        try:
            yield opened
        finally:
            opened.kill_workers()


@contextmanager
def broker(servers: Servers) -> Iterator[str]:
    """An empty database of Valkey."""
    number = _free.pop()
    url = f"{servers.redis_url.rpartition('/')[0]}/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    try:
        yield url
    finally:
        _free.append(number)
