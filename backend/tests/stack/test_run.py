"""``make run`` as its user sees it: real processes, started, stopped and killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.embedded.postgres import read_command
from app.scripts.stack.processes import wait_until
from app.scripts.stack.services import BACKEND
from app.settings import Settings
from tests.long import LONG
from tests.servers import temporary_folder
from tests.stack.processes_seen import descendants, is_running, parents_by_pid

LEAD = {"lead": {"source": "LinkedIn", "score": 90, "title": "CEO"}}
RUN = [sys.executable, "-m", "app.scripts.run"]
#: Seconds within which a signal ends every process.
STOP_TIMEOUT = 10


#: A word in the command of each process, the name of the process, and its log.
PROCESSES = {
    "valkey": ("Valkey", "valkey.log"),
    "postgres": ("Postgres", "postgres.log"),
    "uvicorn": ("The API", "api-{port}.log"),
    "scripts.worker": ("The worker", "worker-{port}.log"),
    "scripts.demo": ("The demo", "demo-{port}.log"),
}


class RunProcess:
    """One process of ``app.scripts.run`` and the lines that it printed."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        command: Sequence[str] = RUN,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port or free_port()
        self.data_dir = data_dir
        self.printed: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=BACKEND,
            env=environment(PORT=str(self.port), DATA_DIR=str(data_dir), **(settings or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def await_ready(self) -> RunProcess:
        """Read its output up to the command that posts an event."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed.append(line.rstrip("\n"))
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
        return self.process.wait(timeout=STOP_TIMEOUT)

    def close(self) -> None:
        """Kill the process if it still runs; its children end with it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def environment(**changes: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "HOST")}
    return {**inherited, "WORKER_CONCURRENCY": "1", **changes}


@contextmanager
def run_stack(data_dir: Path, **how: Any) -> Iterator[RunProcess]:
    stack = RunProcess(data_dir, **how)
    try:
        yield stack.await_ready()
    finally:
        stack.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as path:
        yield path


def have_ended(pids: set[int], *, seconds: float = STOP_TIMEOUT) -> bool:
    return wait_until(lambda: not any(map(is_running, pids)), seconds=seconds)


def executions(stack: RunProcess) -> list[str]:
    return [execution["id"] for execution in stack.ask("/executions")]


def child_of(stack: RunProcess, word: str) -> int | None:
    """The child of the stack with this word in its command; the oldest if there are several."""
    mine = sorted(pid for pid, parent in parents_by_pid().items() if parent == stack.process.pid)
    return next((pid for pid in mine if word in read_command(pid)), None)


# One test for what a running stack does, and one for its ends: a start takes 8 s of CPU, and pytest-xdist may spread
# tests over several processes.
def test_running_stack_is_complete_and_mends_itself(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("name: broken\ntasks:\n  - id: a\n    id: b\n")
    given = {"SECRET_TOKEN": 'it\'s "quoted"\nin two lines', "HANDLER_TIMEOUT": "77", "LLM_MODEL": "a b"}

    with run_stack(folder, settings={**given, "WORKFLOWS_DIR": str(tmp_path)}) as stack:
        check_printed_command_starts_an_execution(stack)
        check_invalid_workflow_file_is_printed_with_its_line(stack, file)
        check_stack_env_has_every_setting_of_the_processes(stack, given)
        check_seed_started_by_hand_reads_stack_env(folder)
        check_killed_processes_start_again_and_complete_events(stack)
        check_stack_in_another_folder_is_separate(stack)
        check_second_run_on_the_folder_uses_the_first_servers(stack)


def check_printed_command_starts_an_execution(stack: RunProcess) -> None:
    assert stack.printed[-2] == f"Ready: {stack.url}"
    answer = json.loads(subprocess.check_output(["/bin/sh", "-c", f"{stack.printed[-1]} -s"], text=True))

    assert answer["matched"] == 1
    assert executions(stack) == [answer["executions"][0]["id"]]


def check_invalid_workflow_file_is_printed_with_its_line(stack: RunProcess, file: Path) -> None:
    (printed,) = [line for line in stack.printed if str(file) in line]

    assert "Line 4" in printed


def check_stack_env_has_every_setting_of_the_processes(stack: RunProcess, given: dict[str, str]) -> None:
    file = stack.data_dir / "stack.env"
    settings = source(file, empty_shell=True)
    worker = child_of(stack, "scripts.worker")
    assert worker
    read = environment_of(worker)

    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert given.items() <= settings.items()
    assert settings["PUBLIC_URL"] == settings["API_URL"] == stack.url
    assert urlopen(settings["DEMO_URL"], timeout=10).status == 200
    assert settings["HTTP_ALLOW_PRIVATE"] == "true"
    assert settings.items() <= read.items()
    names = {name.upper() for name in Settings.model_fields}
    assert {name for name in read if name in names or name.startswith("SECRET_")} <= set(settings)


def check_seed_started_by_hand_reads_stack_env(folder: Path) -> None:
    seed = f"set -a; . {folder}/stack.env; exec {sys.executable} -m app.scripts.seed"

    printed = subprocess.check_output(["/bin/sh", "-c", seed], cwd=BACKEND, env={}, text=True)

    assert "Lead routing" in printed


def check_killed_processes_start_again_and_complete_events(stack: RunProcess) -> None:
    assert stack.process.stdout
    for command, (name, log) in PROCESSES.items():
        kill_and_await_successor(stack, command)

        assert complete_event(stack) == "COMPLETED"
        assert stack.process.stdout.readline().rstrip("\n") == (
            f"{name} was killed by SIGKILL; starting it again now. "
            f"If it keeps ending, read {stack.data_dir}/logs/{log.format(port=stack.port)} for the cause."
        )


def check_stack_in_another_folder_is_separate(stack: RunProcess) -> None:
    before = len(executions(stack))

    with temporary_folder() as other, run_stack(other) as beside:
        stack.ask("/events", LEAD)

        assert (len(executions(stack)), len(executions(beside))) == (before + 1, 0)


def check_second_run_on_the_folder_uses_the_first_servers(first: RunProcess) -> None:
    with run_stack(first.data_dir) as second:
        demo_url = source(first.data_dir / "stack.env", empty_shell=True)["DEMO_URL"]

        assert executions(second) == executions(first)
        assert child_of(first, "postgres")
        assert not child_of(second, "postgres")
        assert not child_of(second, "scripts.demo")
        assert demo_url in second.printed[1]

        first.end()

        assert second.process.wait(timeout=STOP_TIMEOUT) != 0
        assert "has ended" in second.process.communicate()[1]


def test_no_end_leaves_a_process_or_loses_an_event(folder: Path) -> None:
    with run_stack(folder) as stack:
        accepted = [stack.ask("/events", LEAD)["executions"][0]["id"]]
        workflows = sorted(workflow["id"] for workflow in stack.ask("/workflows"))
        check_signal_ends_every_process_within_ten_seconds(stack, signal.SIGTERM)

    with run_stack(folder) as stack:
        assert executions(stack) == accepted
        assert sorted(workflow["id"] for workflow in stack.ask("/workflows")) == workflows
        accepted.insert(0, stack.ask("/events", LEAD)["executions"][0]["id"])
        check_kill_leaves_no_process(stack)

    follow = f"{sys.executable} -m app.scripts.run --follow-parent; true"
    with run_stack(folder, command=["/bin/sh", "-c", follow]) as make:
        assert executions(make) == accepted
        check_kill_leaves_no_process(make)


@LONG
def test_interrupt_ends_every_process_within_ten_seconds(folder: Path) -> None:
    with run_stack(folder) as stack:
        check_signal_ends_every_process_within_ten_seconds(stack, signal.SIGINT)


def check_signal_ends_every_process_within_ten_seconds(stack: RunProcess, number: signal.Signals) -> None:
    processes = stack.processes()

    asked = time.monotonic()
    status = stack.end(number)

    assert status == 0
    assert have_ended(processes, seconds=5)
    assert time.monotonic() - asked < STOP_TIMEOUT
    assert not (stack.data_dir / "stack.env").exists()


def check_kill_leaves_no_process(stack: RunProcess) -> None:
    processes = stack.processes()

    stack.process.kill()

    assert len(processes) > 5
    assert have_ended(processes)


def kill_and_await_successor(stack: RunProcess, command: str) -> None:
    """Kill the process with this word in its command, and wait until another one replaces it."""
    pid = child_of(stack, command)
    assert pid
    children = descendants(pid)

    os.kill(pid, signal.SIGKILL)

    assert have_ended(children, seconds=30)
    assert wait_until(lambda: child_of(stack, command) not in (pid, None), seconds=30)


def complete_event(stack: RunProcess) -> str:
    """Post an event as soon as the API accepts it, and return the status in which its execution ends."""
    accepted: list[str] = []

    def is_accepted() -> bool:
        with suppress(OSError):  # Refused connections, and answers with an error status.
            accepted.append(stack.ask("/events", LEAD)["executions"][0]["id"])
        return bool(accepted)

    def status() -> str:
        with suppress(OSError):
            return str(stack.ask(f"/executions/{accepted[0]}")["status"])
        return "unknown"

    assert wait_until(is_accepted, seconds=60)
    wait_until(lambda: status() not in ("PENDING", "RUNNING", "unknown"), seconds=90)
    return status()


def source(path: Path, *, empty_shell: bool) -> dict[str, str]:
    """The environment after a shell has sourced the file."""
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    shell = f"set -a; . {path}; exec {sys.executable} -c '{code}'"
    env = {} if empty_shell else environment()
    added = json.loads(subprocess.check_output(["/bin/sh", "-c", shell], env=env, text=True))
    return {name: value for name, value in added.items() if name not in ("PWD", "LC_CTYPE", "_", "SHLVL", "OLDPWD")}


def environment_of(pid: int) -> dict[str, str]:
    """The environment that a process was started with."""
    entries = Path(f"/proc/{pid}/environ").read_text().rstrip("\0").split("\0")
    return dict(entry.split("=", 1) for entry in entries)


def test_signal_during_start_ends_every_process(folder: Path) -> None:
    stack = RunProcess(folder)
    try:
        assert wait_until(lambda: len(stack.processes()) > 1, seconds=60)
        processes = stack.processes()

        stack.end()

        assert have_ended(processes | stack.processes())
    finally:
        stack.close()


def test_taken_port_ends_the_start_with_one_line(folder: Path) -> None:
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
def test_invalid_setting_ends_the_start_with_one_line(folder: Path, name: str, value: str) -> None:
    changes = {"PORT": str(free_port()), "DATA_DIR": str(folder), name: value}

    ended = subprocess.run(RUN, cwd=BACKEND, env=environment(**changes), capture_output=True, text=True)

    assert ended.returncode != 0
    assert len(ended.stderr.splitlines()) == 1
    assert name in ended.stderr
