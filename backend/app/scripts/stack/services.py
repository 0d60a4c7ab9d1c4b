"""The API, the worker and the demo service as children of ours."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.scripts.stack.processes import CannotStart, Child, Program, log_tail, stop, wait_until

#: Not the one of the settings, which would bring all of pydantic into a process that only waits.
BACKEND = Path(__file__).resolve().parents[3]
#: Seconds that a door may take to open.
START_TIMEOUT = 60.0


@dataclass(frozen=True)
class Programs:
    """What to run for one port; ``env`` is all that it reads."""

    host: str
    port: int
    logs: Path
    env: Mapping[str, str]
    concurrency: str
    demo_port: int

    @property
    def node(self) -> str:
        """The worker's name; two of the same on one broker would take each other's commands."""
        return f"trigraph-{self.port}@{socket.gethostname()}"

    @property
    def api(self) -> Program:
        return self._python(
            "API", "-m", "uvicorn", "app.main:app", "--no-access-log", "--host", self.host, "--port", str(self.port)
        )

    @property
    def worker(self) -> Program:
        celery = ("-m", "celery", "-A", "app.engine.orchestrator.celery_app", "worker", "-l", "INFO", "-n", self.node)
        return self._python("worker", *celery, "-c", self.concurrency, "--without-gossip", "--without-mingle")

    @property
    def demo(self) -> Program:
        return self._python("demo", "-m", "app.scripts.demo", str(self.demo_port))

    @property
    def migrate(self) -> Program:
        code = "import os; from app.storage.migrate import migrate; migrate(os.environ['DATABASE_URL'])"
        return self._python("migration", "-c", code)

    @property
    def seed(self) -> Program:
        return self._python("seed", "-m", "app.scripts.seed")

    def _python(self, name: str, *arguments: str) -> Program:
        command = [sys.executable, *arguments]
        log = self.logs / f"{name.lower()}-{self.port}.log"
        return Program(name=f"The {name}", command=command, log=log, cwd=BACKEND, env=self.env)


class Services:
    """The API, the worker and the demo service, from their start to their end."""

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self.demo = Child(programs.demo)
        self.api = Child(programs.api)
        self.worker = Child(programs.worker)

    def await_open(self) -> None:
        """Wait until the API answers and the worker takes wake-ups."""
        await_sign(self.api, lambda: is_healthy(self.programs.host, self.programs.port))
        await_sign(self.worker, self._worker_was_ready)

    def trouble(self) -> str | None:
        """How the API or the demo service has ended, if so; a worker that did is replaced, unless it never came up."""
        for child in (self.api, self.demo):
            if child.status is not None:
                return child.exit_report()
        if self.worker.status is None:
            return None
        if not self._worker_was_ready():
            return self.worker.exit_report()
        self._replace_worker()
        return None

    def close(self, *, seconds: float = 3) -> None:
        """End them all; what a handler was doing is done again by the next worker."""
        stop(self.api, self.worker, self.demo, first=signal.SIGTERM, seconds=seconds)

    def _worker_was_ready(self) -> bool:
        return self.worker.has_logged(f"{self.programs.node} ready.")

    def _replace_worker(self) -> None:
        print(f"The worker ended with status {self.worker.status}; another takes its place.", flush=True)
        self.worker.kill()
        self.worker = Child(self.programs.worker)


def await_sign(child: Child, sign: Callable[[], bool]) -> None:
    """Wait until a child shows that it is up; anything else is an error with its last words."""
    shown = wait_until(lambda: child.status is not None or sign(), seconds=START_TIMEOUT)
    if child.status is not None:
        raise CannotStart(child.exit_report())
    if not shown:
        raise CannotStart(f"{child.program.name} does not come up.\n{log_tail(child.program.log)}")


def is_healthy(host: str, port: int) -> bool:
    """True if the API on this address says of itself that it is up."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        with socket.create_connection((here, port), timeout=5) as connection:
            connection.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(1024).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False
