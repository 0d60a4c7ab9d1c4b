"""The API, the worker and the demo service as child processes."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.scripts.stack.processes import CannotStart, Child, Program, log_tail, stop, wait_until

#: Not imported from the settings: that would load all of pydantic into a process that only waits.
BACKEND = Path(__file__).resolve().parents[3]
#: Seconds within which a service must be ready.
START_TIMEOUT = 60.0


@dataclass(frozen=True)
class Programs:
    """The programs of one stack; ``env`` is their whole environment."""

    host: str
    port: int
    logs: Path
    env: Mapping[str, str]
    #: Processes of the worker.
    concurrency: str
    #: The port of the demo service; None if ``DEMO_URL`` names another one.
    demo_port: int | None

    @property
    def node(self) -> str:
        """The worker's name; two workers of one name on one broker would take each other's commands."""
        return f"trigraph-{self.port}@{socket.gethostname()}"

    @property
    def api(self) -> Program:
        serve = ("-m", "uvicorn", "app.main:app", "--no-access-log", "--http", "app.api.http.protocol:BoundedProtocol")
        return self._python("API", *serve, "--host", self.host, "--port", str(self.port))

    @property
    def worker(self) -> Program:
        options = ("--name", self.node, "--concurrency", self.concurrency)
        return self._python("worker", "-m", "app.scripts.worker", *options)

    @property
    def demo(self) -> Program | None:
        return self._python("demo", "-m", "app.scripts.demo", str(self.demo_port)) if self.demo_port else None

    @property
    def migrate(self) -> Program:
        return self._python("migration", "-m", "app.storage.migrate")

    @property
    def seed(self) -> Program:
        return self._python("seed", "-m", "app.scripts.seed")

    def _python(self, name: str, *arguments: str) -> Program:
        command = [sys.executable, *arguments]
        log = self.logs / f"{name.lower()}-{self.port}.log"
        return Program(name=f"The {name}", command=command, log=log, cwd=BACKEND, env=self.env)


class Service:
    """A program that runs until it is stopped, and can be started again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.child = Child(program)

    def start(self) -> None:
        """Start it again, after killing what is left of its process group."""
        self.child.kill()
        self.child = Child(self.program)


class Services:
    """The API, the worker and the demo service, from their start to their end."""

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self.demo = Service(programs.demo) if programs.demo else None
        self.api = Service(programs.api)
        self.worker = Service(programs.worker)

    @property
    def all(self) -> list[Service]:
        return [service for service in (self.api, self.worker, self.demo) if service]

    def wait_until_ready(self) -> None:
        """Wait until the API and the demo service answer and the worker takes wake-ups. Raises CannotStart."""
        wait_until_ready(self.api.child, lambda: is_healthy(self.programs.host, self.programs.port))
        wait_until_ready(self.worker.child, lambda: self.worker.child.has_logged(f"{self.programs.node} ready."))
        if self.demo and (port := self.programs.demo_port):
            wait_until_ready(self.demo.child, lambda: is_healthy("127.0.0.1", port, "/"))

    def stop(self, *, seconds: float = 3) -> None:
        """Stop them all; another worker repeats the steps that this one did not finish."""
        stop(*(service.child for service in self.all), first=signal.SIGTERM, seconds=seconds)


def wait_until_ready(child: Child, is_ready: Callable[[], bool]) -> None:
    """Wait until a child is ready. Raises CannotStart with the end of its log if it ends or takes too long."""
    is_in_time = wait_until(lambda: child.status is not None or is_ready(), seconds=START_TIMEOUT)
    if child.status is not None:
        raise CannotStart(child.exit_report())
    if not is_in_time:
        raise CannotStart(
            f"{child.program.name} was not ready within {START_TIMEOUT:.0f} s; the end of its log, "
            f"{child.program.log}:\n{log_tail(child.program.log)}"
        )


def is_healthy(host: str, port: int, path: str = "/health") -> bool:
    """True if the service at this address answers ``GET`` of this path with 200."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        with socket.create_connection((here, port), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            return connection.recv(1024).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False
