"""Child processes that end when this process ends, even if it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from app.errors import TrigraphError

DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
#: Seconds between two checks of a condition that has been awaited for two seconds.
LONGEST_PAUSE = 0.1
#: Bytes; a longer log is renamed to ``….old.log`` when its program starts.
LOG_LIMIT = 10_000_000


class CannotStart(TrigraphError):
    """A part of the stack cannot start or cannot continue."""


@dataclass(frozen=True)
class Account:
    """A user of this machine, by number; -1 is the current user."""

    uid: int = -1
    gid: int = -1


@dataclass(frozen=True)
class Program:
    """A command and its environment; ``command`` begins with the full path of the executable."""

    name: str
    command: list[str]
    log: Path
    cwd: Path = Path("/")
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    account: Account = Account()
    #: The signal that it gets if this process ends without stopping it.
    death_signal: signal.Signals = signal.SIGKILL


class Child:
    """A running program, in its own session and process group, so that Ctrl-C does not reach it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        with open_log(program.log) as log:
            self._log_start = log.tell()
            self.process = subprocess.Popen(
                wrap_command(program),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=program.cwd,
                env=program.env,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def status(self) -> int | None:
        """The exit status (negative: the signal that killed it), or None while it runs."""
        return self.process.poll()

    def has_logged(self, text: str) -> bool:
        """True once the log of this run contains the text."""
        return text.encode() in self._logged()

    def logged_lines(self, text: str) -> list[str]:
        """The lines of this run's log that contain the text."""
        return [line for line in self._logged().decode(errors="replace").splitlines() if text in line]

    def _logged(self) -> bytes:
        with self.program.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read()

    def kill(self) -> None:
        """Kill it and every process that it started."""
        signal_group(self.pid, signal.SIGKILL)
        self.process.wait()

    def exit_report(self) -> str:
        """How the child ended, and the end of its log."""
        return f"{describe_exit(self)}; the end of its log, {self.program.log}:\n{log_tail(self.program.log)}"


def describe_exit(child: Child) -> str:
    """For example "The API ended with status 1" or "Postgres was killed by SIGKILL"."""
    status = child.status
    if status is not None and status < 0:
        return f"{child.program.name} was killed by {signal_name(-status)}"
    return f"{child.program.name} ended with status {status}"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def wrap_command(program: Program) -> list[str]:
    """The command of a process that becomes the program and ends when this process ends."""
    account = program.account
    options = [os.getpid(), int(program.death_signal), account.uid, account.gid]
    return [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), *map(str, options), *program.command]


def open_log(path: Path) -> BinaryIO:
    """Open a log to append to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def log_tail(log: Path, *, lines: int = 15) -> str:
    """The last lines of a log, indented for a message."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        text = file.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def stop(*children: Child, first: signal.Signals, seconds: float) -> None:
    """Send a signal to all children at once, and kill those that still run after this many seconds."""
    for child in children:
        if child.status is None:
            child.process.send_signal(first)
    deadline = time.monotonic() + seconds
    for child in children:
        wait_until_stopped(child, deadline)
        child.kill()


def wait_until_stopped(child: Child, deadline: float) -> None:
    """Wait until the child ends or the deadline, a time of ``time.monotonic``, passes."""
    try:
        child.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to the remaining processes of a child's process group, if there are any."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def wait_until(condition: Callable[[], bool], *, seconds: float, interval: float = 0.02) -> bool:
    """
    Wait for a condition; False if it is not true within this many seconds.

    It is checked every ``interval`` seconds, and less often the longer it takes, down to every ``LONGEST_PAUSE``.
    """
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        if waited > seconds:
            return False
        time.sleep(max(interval, min(waited / 20, LONGEST_PAUSE)))
    return True


def run_to_end(program: Program, *, seconds: float = 120) -> None:
    """Run a program until it ends. Raises CannotStart with the end of its log unless it succeeds."""
    child = Child(program)
    try:
        has_ended = wait_until(lambda: child.status is not None, seconds=seconds)
    finally:
        child.kill()
    if not has_ended:
        raise CannotStart(f"{program.name} did not end within {seconds:.0f} s; its log is {program.log}.")
    if child.status:
        raise CannotStart(child.exit_report())
