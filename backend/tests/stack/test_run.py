"""``make run`` as its user sees it: real processes, started, ended and killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.embedded.postgres import command_of
from app.scripts.stack.processes import wait_until
from app.scripts.stack.services import BACKEND
from tests.long import LONG
from tests.servers import temporary_folder
from tests.stack.processes_seen import descendants, parents_by_pid, runs

LEAD = {"lead": {"source": "LinkedIn", "score": 90, "title": "CEO"}}
RUN = [sys.executable, "-m", "app.scripts.run"]
#: Seconds in which a signal must have ended everything.
PROMISED = 10


class Stack:
    """One ``run``, and what it said."""

    def __init__(self, data_dir: Path, *, port: int | None = None, command: Sequence[str] = RUN) -> None:
        self.port = port or free_port()
        self.data_dir = data_dir
        self.said: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=BACKEND,
            env=environment(PORT=str(self.port), DATA_DIR=str(data_dir)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def await_ready(self) -> Stack:
        """Read what it says until it says how to try it."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("curl "):
                return self
        raise AssertionError(f"It ended before it was ready: {self.process.communicate()[1]}")

    def processes(self) -> set[int]:
        return descendants(self.process.pid)

    def ask(self, path: str, body: Any = None) -> Any:
        request = Request(self.url + path, headers={"Content-Type": "application/json"})
        with urlopen(request, json.dumps(body).encode() if body is not None else None, timeout=10) as answer:
            return json.load(answer)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=PROMISED)

    def close(self) -> None:
        """Whatever a test left of it: the children of a killed ``run`` end by themselves."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def environment(**changes: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "HOST")}
    return {**inherited, "WORKER_CONCURRENCY": "1", **changes}


@contextmanager
def started(data_dir: Path, **how: Any) -> Iterator[Stack]:
    stack = Stack(data_dir, **how)
    try:
        yield stack.await_ready()
    finally:
        stack.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as path:
        yield path


def all_gone(pids: set[int], *, seconds: float = PROMISED) -> bool:
    return wait_until(lambda: not any(map(runs, pids)), seconds=seconds)


def executions(stack: Stack) -> list[str]:
    return [execution["id"] for execution in stack.ask("/executions")]


def child_of(stack: Stack, word: str) -> int | None:
    """The oldest process that ``run`` itself started and whose command has this word."""
    mine = sorted(pid for pid, parent in parents_by_pid().items() if parent == stack.process.pid)
    return next((pid for pid in mine if word in command_of(pid)), None)


def test_it_says_where_to_look_and_what_it_says_works(folder: Path) -> None:
    with started(folder) as stack:
        assert stack.said[-2] == f"Ready: {stack.url}"
        answer = json.loads(subprocess.check_output(["/bin/sh", "-c", f"{stack.said[-1]} -s"], text=True))

        assert answer["matched"] == 1
        assert executions(stack) == [answer["executions"][0]["id"]]


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=LONG)])
def test_a_signal_ends_all_of_it_within_ten_seconds(folder: Path, number: signal.Signals) -> None:
    with started(folder) as stack:
        processes = stack.processes()

        asked = time.monotonic()
        status = stack.end(number)

        assert status == 0
        assert all_gone(processes, seconds=5)
        assert time.monotonic() - asked < PROMISED
        assert not (folder / "stack.env").exists()


def test_a_signal_ends_it_while_it_still_starts(folder: Path) -> None:
    stack = Stack(folder)
    try:
        assert wait_until(lambda: len(stack.processes()) > 1, seconds=60)
        processes = stack.processes()

        stack.end()

        assert all_gone(processes | stack.processes())
    finally:
        stack.close()


def test_a_kill_leaves_nothing_behind_and_loses_nothing(folder: Path) -> None:
    with started(folder) as stack:
        accepted = stack.ask("/events", LEAD)["executions"][0]["id"]
        processes = stack.processes()

        stack.process.kill()

        assert len(processes) > 5
        assert all_gone(processes)
    with started(folder) as again:
        assert executions(again) == [accepted]


def test_what_happened_is_there_after_a_restart_and_the_seed_stands_once(folder: Path) -> None:
    with started(folder) as stack:
        accepted = stack.ask("/events", LEAD)["executions"][0]["id"]
        workflows = sorted(workflow["id"] for workflow in stack.ask("/workflows"))
        stack.end()

    with started(folder) as again:
        assert executions(again) == [accepted]
        assert sorted(workflow["id"] for workflow in again.ask("/workflows")) == workflows


def test_two_stacks_run_side_by_side(folder: Path) -> None:
    with temporary_folder() as other, started(folder) as one, started(other) as two:
        one.ask("/events", LEAD)

        assert (len(executions(one)), len(executions(two))) == (1, 0)


def test_a_second_run_on_the_same_folder_uses_the_servers_of_the_first(folder: Path) -> None:
    with started(folder) as first, started(folder) as second:
        accepted = first.ask("/events", LEAD)["executions"][0]["id"]

        assert executions(second) == [accepted]
        assert child_of(first, "postgres")
        assert not child_of(second, "postgres")

        first.end()

        assert second.process.wait(timeout=PROMISED) != 0
        assert "has ended" in second.process.communicate()[1]


def test_a_port_that_is_taken_is_said_in_one_line_and_nothing_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        ended = subprocess.run(
            RUN, cwd=BACKEND, env=environment(PORT=str(port), DATA_DIR=str(folder)), capture_output=True, text=True
        )

    assert ended.returncode != 0
    assert ended.stderr.splitlines() == [
        f"Trigraph cannot run: Port {port} of 127.0.0.1 is taken; set PORT to another."
    ]
    assert not folder.exists()


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("WORKER_CONCURRENCY", "many"), ("LOG_LEVEL", "LOUD")])
def test_a_bad_value_is_said_in_one_line(folder: Path, name: str, value: str) -> None:
    changes = {"PORT": str(free_port()), "DATA_DIR": str(folder), name: value}

    ended = subprocess.run(RUN, cwd=BACKEND, env=environment(**changes), capture_output=True, text=True)

    assert ended.returncode != 0
    assert len(ended.stderr.splitlines()) == 1
    assert name in ended.stderr


def test_a_server_that_ends_is_named_and_the_rest_ends_with_it(folder: Path) -> None:
    with started(folder) as stack:
        processes = stack.processes()

        valkey = child_of(stack, "valkey")
        assert valkey

        os.kill(valkey, signal.SIGKILL)

        assert stack.process.wait(timeout=PROMISED) != 0
        assert "Valkey ended with status -9" in stack.process.communicate()[1]
        assert all_gone(processes)


def test_a_worker_that_ends_is_replaced(folder: Path) -> None:
    with started(folder) as stack:
        worker = child_of(stack, "celery")
        assert worker
        pool = descendants(worker)

        os.kill(worker, signal.SIGKILL)

        assert all_gone(pool)
        assert wait_until(lambda: child_of(stack, "celery") not in (worker, None), seconds=20)


def test_it_ends_when_the_make_that_started_it_is_killed(folder: Path) -> None:
    follow = f"{sys.executable} -m app.scripts.run --follow-parent; true"
    with started(folder, command=["/bin/sh", "-c", follow]) as stack:
        processes = stack.processes()

        stack.process.kill()

        assert all_gone(processes)


def test_the_seeds_own_commands_find_the_servers_in_stack_env(folder: Path) -> None:
    with started(folder):
        assert oct((folder / "stack.env").stat().st_mode & 0o777) == "0o600"
        seed = f"set -a; . {folder}/stack.env; exec {sys.executable} -m app.scripts.seed"

        subprocess.run(["/bin/sh", "-c", seed], cwd=BACKEND, env=environment(), check=True, capture_output=True)
