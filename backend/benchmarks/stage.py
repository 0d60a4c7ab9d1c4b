"""The stage of every benchmark: embedded servers, workers and an API as processes, and what they cost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg2

from app.scripts.stack import embedded
from app.scripts.stack.embedded.binaries import postgres_programs
from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.processes import Child, Program, stop, wait_until
from app.settings import BACKEND
from app.storage.ids import new_id
from app.storage.migrate import migrate

NOTHING = [{"id": "start", "type": "start", "data": {}}]


@dataclass
class Stage:
    """A running stack."""

    servers: Any
    folder: Path
    env: dict[str, str]
    children: dict[str, Child] = field(default_factory=dict)
    #: Numbered databases of the broker that are in use beside the first.
    brokers: int = 0

    def start(self, name: str, *command: str, **env: str) -> Child:
        program = Program(
            name=name,
            command=[sys.executable, *command],
            log=self.folder / f"{name}.log",
            cwd=BACKEND,
            env={**self.env, **env},
        )
        self.children[name] = Child(program)
        return self.children[name]

    def beside(self, name: str) -> dict[str, str]:
        """The addresses of another database, migrated, and of another broker, on the same servers."""
        with cursor(self.env["DATABASE_URL"]) as on:
            on.execute(f"CREATE DATABASE {name}")
        self.brokers += 1
        database_url = self.servers.postgres.url_of(name)
        migrate(database_url)
        return {
            "DATABASE_URL": database_url,
            "REDIS_URL": f"{self.env['REDIS_URL'].rpartition('/')[0]}/{self.brokers}",
        }

    def start_worker(
        self,
        name: str = "worker",
        *,
        app: str = "app.engine.orchestrator",
        concurrency: int = 2,
        pool: str = "prefork",
        **env: str,
    ) -> Child:
        child = self.start(
            name,
            *("-m", "app.scripts.worker", "--app", app, "--name", f"{name}@localhost"),
            *("--concurrency", str(concurrency), "--pool", pool),
            **env,
        )
        if not wait_until(lambda: child.has_logged("ready."), seconds=30):
            raise RuntimeError(f"{name} did not start; see {child.program.log}")
        return child

    def start_api(self, name: str = "api", *, app: str = "app.main:app", **env: str) -> str:
        port = free_port()
        # As ``make run`` and the containers start it.
        serve = ("-m", "uvicorn", app, "--no-access-log", "--http", "app.api.http.protocol:BoundedProtocol")
        child = self.start(name, *serve, "--port", str(port), **env)
        if not wait_until(lambda: child.has_logged("startup complete"), seconds=30):
            raise RuntimeError(f"{name} did not start; see {child.program.log}")
        return f"http://127.0.0.1:{port}"

    def stop(self, name: str) -> None:
        stop(self.children.pop(name), first=signal.SIGTERM, seconds=5)

    def run(self, module: str, *arguments: str) -> None:
        """A benchmark in a process of its own, which finds the servers in its environment."""
        subprocess.run([sys.executable, "-m", module, *arguments], cwd=BACKEND, env=self.env, check=True)


@contextmanager
def stage(**env: str) -> Iterator[Stage]:
    """Servers on a folder of their own, migrated, and gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trigraph-bench-")))
        folder.chmod(0o711)
        servers = stack.enter_context(embedded.servers(folder / "data"))
        migrate(servers.database_url)
        os.environ["TRIGRAPH_STAGE"] = str(folder)
        urls = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "HTTP_ALLOW_PRIVATE": "true"}
        staged = Stage(servers, folder, {**os.environ, **urls, "PGBENCH": pgbench(), **env})
        try:
            yield staged
        finally:
            for name in list(staged.children):
                staged.stop(name)


def pgbench() -> str:
    """Where pgbench is: beside the Postgres that is started, else wherever the machine has it."""
    programs = postgres_programs()
    return str(programs / "pgbench") if programs else "pgbench"


@contextmanager
def cursor(url: str | None = None) -> Iterator[Any]:
    """A cursor in autocommit on the stage's Postgres, or on the database at this address."""
    with closing(psycopg2.connect(url or os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        yield connection.cursor()


def node(id: str, type: str, **data: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "data": data}


def edge(source: str, target: str) -> dict[str, Any]:
    return {"source": source, "target": target}


def chain(length: int, type: str, **data: Any) -> dict[str, Any]:
    """``start`` and then nodes of one type, ``length`` in all."""
    nodes = [*NOTHING, *[node(f"n{i}", type, **data) for i in range(1, length)]]
    return {"nodes": nodes, "edges": [edge(a["id"], b["id"]) for a, b in pairwise(nodes)]}


def diamond(width: int, type: str, **data: Any) -> dict[str, Any]:
    """One node to ``width`` nodes to one node."""
    middle = [node(f"b{i}", type, **data) for i in range(width)]
    edges = [edge("start", b["id"]) for b in middle] + [edge(b["id"], "last") for b in middle]
    return {"nodes": [*NOTHING, *middle, node("last", "transform", value=1)], "edges": edges}


def save(on: Any, graph: Any, *, trigger: Any = None, name: str = "bench", kind: str = "graph") -> str:
    """A workflow, straight into its tables."""
    id, document = new_id(), json.dumps(graph)
    on.execute(
        "INSERT INTO workflows (id, kind, name, trigger, document, is_active, catalog_revision)"
        " VALUES (%s, %s, %s, %s, %s, true, (SELECT revision + 1 FROM catalog))",
        (id, kind, name, json.dumps(trigger), document),
    )
    on.execute("INSERT INTO workflow_versions (workflow_id, version, document) VALUES (%s, 1, %s)", (id, document))
    on.execute("UPDATE catalog SET revision = revision + 1")
    return id


def begin(on: Any, workflow_id: str, count: int, payload: Any = None) -> list[str]:
    """Executions as ``POST /events`` leaves them, all in one statement."""
    ids = [new_id() for _ in range(count)]
    on.execute(
        "INSERT INTO executions (id, workflow_id, version, status, payload, next_check_at)"
        " SELECT id, %s, 1, 'PENDING', %s, now() + interval '60 seconds' FROM unnest(%s::uuid[]) AS id",
        (workflow_id, json.dumps(payload or {}), ids),
    )
    return ids


def wait_for_end(on: Any, workflow_id: str, count: int, seconds: float = 120.0, *, pause: float = 0.01) -> None:
    """Until that many executions of the workflow are COMPLETED; they are counted every ``pause`` seconds."""
    until = time.monotonic() + seconds
    while True:
        on.execute(
            "SELECT count(*) FILTER (WHERE status = 'COMPLETED'), count(*) FILTER (WHERE status = 'FAILED')"
            " FROM executions WHERE workflow_id = %s",
            (workflow_id,),
        )
        completed, failed = on.fetchone()
        if completed >= count:
            return
        if failed or time.monotonic() > until:
            raise RuntimeError(f"{completed} of {count} executions completed, {failed} failed.")
        time.sleep(pause)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
