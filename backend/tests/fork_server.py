"""
A process that has imported what workers and APIs import, and forks one for each that a test starts.

A worker that is started by its command spends 1.5 s of CPU on imports, and an API 2 s. A forked one becomes the same:
its own session, environment, log and command line, and everything that reads a setting is imported by it.
"""

from __future__ import annotations

import ast
import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from app.scripts.stack.die_with_parent import PR_SET_PDEATHSIG
from app.scripts.stack.processes import Child, Program, open_log, wait_until
from app.settings import BACKEND

#: Modules that read the environment when they are imported: only a forked process imports them.
READ_SETTINGS = (
    *(f"app.engine.process.{file.stem}" for file in sorted((BACKEND / "app" / "engine" / "process").glob("[!_]*.py"))),
    *("app.engine.orchestrator", "app.main"),
)
#: What ``celery worker`` and ``uvicorn`` import besides.
COMMANDS = (
    *("celery.bin.celery", "celery.apps.worker", "celery.concurrency.prefork", "celery.concurrency.thread"),
    *("kombu.transport.redis", "uvicorn.main", "uvicorn.lifespan.on", "uvicorn.loops.auto", "tests.scenarios.extras"),
)


@dataclass(frozen=True)
class Forked:
    """A Python module that a forked process runs as its program, as ``python -m`` does."""

    module: str
    arguments: list[str]
    log: str
    env: dict[str, str]


# --- the process ------------------------------------------------------------------------------------------------


def serve(channel: socket.socket) -> None:
    """Fork processes and tell their statuses, until the test process closes the channel."""
    preload()
    assert threading.active_count() == 1, "A thread would be missing in the forked processes."
    gc.collect()
    gc.freeze()
    statuses: dict[int, int] = {}
    with channel, channel.makefile("rwb") as lines:
        for line in lines:
            request = json.loads(line)
            if "pid" in request:
                answer = poll(request["pid"], statuses)
            else:
                if request["module"] == "uvicorn":
                    make_openapi_document()
                parent = os.getpid()
                answer = os.fork()
                if answer == 0:
                    break
            lines.write(json.dumps(answer).encode() + b"\n")
            lines.flush()
        else:
            return
    become(Forked(**request), parent)


def poll(pid: int, statuses: dict[int, int]) -> int | None:
    """The exit status of a forked process, negative for a signal; None while it runs."""
    if pid not in statuses:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended == 0:
            return None
        statuses[pid] = os.waitstatus_to_exitcode(status)
    return statuses[pid]


def preload() -> None:
    """Import all that the modules which read the environment import themselves."""
    for module in READ_SETTINGS:
        source = BACKEND.joinpath(*module.split(".")).with_suffix(".py").read_text()
        for name in imported(ast.parse(source)):
            if name not in READ_SETTINGS:
                importlib.import_module(name)
    for name in COMMANDS:
        importlib.import_module(name)
    discover = importlib.import_module("app.engine.registry").discover
    discover(importlib.import_module("app.engine.handlers"))
    early = [name for name in READ_SETTINGS if name in sys.modules]
    assert not early, f"{early} would have the settings of the fork server; see which module imports them."


@cache
def make_openapi_document() -> None:
    """Make the document that all apps have, once there is an API to fork: it takes as long as all the rest."""
    client = importlib.import_module("tests.api.client")
    settings = client.Settings(database_url="postgresql://nowhere/none")
    context = client.make_app_context(settings, lambda wake_ups: None, lambda: None, lambda: True)
    importlib.import_module("app.api.app").create_app(context)
    assert threading.active_count() == 1, "A thread would be missing in the forked processes."


def imported(module: ast.Module) -> Iterator[str]:
    """The modules that a module imports."""
    for statement in module.body:
        if isinstance(statement, ast.Import):
            yield from (each.name for each in statement.names)
        # What is imported from the package itself is one of READ_SETTINGS, or imported by the others.
        if isinstance(statement, ast.ImportFrom) and not statement.level and statement.module != "app.engine.process":
            yield str(statement.module)


def become(program: Forked, parent: int) -> None:
    """Run the program in this process; it gets SIGKILL when the fork server ends."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The process that started this one has ended already.")
    with open(os.devnull) as nothing, open(program.log, "ab") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.clear()
    os.environ.update(program.env)
    sys.argv = [program.module, *program.arguments]
    # What was imported stays frozen: a collection that visits it copies its pages, which costs as much as the start.
    runpy.run_module(program.module, run_name="__main__", alter_sys=True)


# --- its client -------------------------------------------------------------------------------------------------


class ForkServer:
    """The fork server of this test process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs:
            command = [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())]
            self._process = subprocess.Popen(command, cwd=BACKEND, pass_fds=[theirs.fileno()])
        with ours:
            self._lines = ours.makefile("rwb")

    def ask(self, request: Any) -> Any:
        with self._lock:
            self._lines.write(json.dumps(request).encode() + b"\n")
            self._lines.flush()
            answer = self._lines.readline()
        assert answer, "The fork server has ended."
        return json.loads(answer)

    def close(self) -> None:
        """End it, and with it all that it has forked."""
        self._lines.close()
        self._process.wait()


@dataclass
class ForkedProcess:
    """A forked process, with the methods of ``subprocess.Popen`` that a ``Child`` uses."""

    ask: Callable[[Any], Any]
    pid: int
    returncode: int | None = field(default=None)

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.ask({"pid": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not wait_until(lambda: self.poll() is not None, seconds=float("inf") if timeout is None else timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class ForkedChild(Child):
    """A child whose program, ``python -m`` with a module, is run by a forked process."""

    def __init__(self, program: Program, server: ForkServer) -> None:
        self.program = program
        with open_log(program.log) as log:
            self._log_start = log.tell()
        _, _, module, *arguments = program.command
        forked = Forked(module, arguments, str(program.log), dict(program.env))
        self.process: Any = ForkedProcess(server.ask, server.ask(asdict(forked)))


_running: list[ForkServer] = []


def start_module(program: Program, *, execute: bool = False) -> Child:
    """
    Start a program whose command is ``python -m`` with a module of ours.

    It is forked, unless ``execute``, or where a fork would not have imported the same: in another folder, and with
    another search path.
    """
    same = program.cwd == BACKEND and program.env.get("PYTHONPATH") == os.environ.get("PYTHONPATH")
    if execute or not same or sys.platform != "linux":
        return Child(program)
    if not _running:
        _running.append(ForkServer())
    return ForkedChild(program, _running[0])


@contextmanager
def closing_fork_server() -> Iterator[None]:
    """A block at whose end no fork server is left."""
    try:
        yield
    finally:
        while _running:
            _running.pop().close()


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())
    serve(socket.socket(fileno=int(sys.argv[1])))
