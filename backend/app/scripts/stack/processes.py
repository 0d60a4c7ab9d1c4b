"""Child processes that end when we do, however we end."""

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
#: Bytes; a log that is longer is put aside when its program starts.
LOG_LIMIT = 10_000_000


class CannotStart(TrigraphError):
    """Something of the stack that does not start, or does not go on."""


@dataclass(frozen=True)
class Account:
    """A user of this machine, by number; -1 is whoever we are."""

    uid: int = -1
    gid: int = -1


@dataclass(frozen=True)
class Program:
    """What to run, and how; ``command`` names its executable by a full path."""

    name: str
    command: list[str]
    log: Path
    cwd: Path = Path("/")
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    account: Account = Account()
    #: The signal that it gets when we die without having stopped it.
    death_signal: signal.Signals = signal.SIGKILL


class Child:
    """A program that runs, in a session (and process group) of its own, so that Ctrl-C reaches only us."""

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
        """How it ended, or None while it runs."""
        return self.process.poll()

    def has_logged(self, text: str) -> bool:
        """True once its log has this text."""
        with self.program.log.open("rb") as log:
            log.seek(self._log_start)
            return text.encode() in log.read()

    def kill(self) -> None:
        """End it and whatever it started, now."""
        signal_group(self.pid, signal.SIGKILL)
        self.process.wait()

    def exit_report(self) -> str:
        """Which child ended how, and the last that it said."""
        return f"{self.program.name} ended with status {self.status}.\n{log_tail(self.program.log)}"


def wrap_command(program: Program) -> list[str]:
    account = program.account
    tie = [os.getpid(), int(program.death_signal), account.uid, account.gid]
    return [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), *map(str, tie), *program.command]


def open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def log_tail(log: Path, *, lines: int = 15) -> str:
    """The end of a log, indented, for a message."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        text = file.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def stop(*children: Child, first: signal.Signals, seconds: float) -> None:
    """Ask all of them at once to end, and end those that have not after so many seconds."""
    for child in children:
        if child.status is None:
            child.process.send_signal(first)
    deadline = time.monotonic() + seconds
    for child in children:
        wait_until_stopped(child, deadline)
        child.kill()


def wait_until_stopped(child: Child, deadline: float) -> None:
    try:
        child.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal what is left of a child's process group, if anything is."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """True as soon as the condition holds, False if it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def run_to_end(program: Program, *, seconds: float = 120) -> None:
    """Run a program that ends by itself; anything but success is an error with its last words."""
    child = Child(program)
    try:
        ended = wait_until(lambda: child.status is not None, seconds=seconds)
    finally:
        child.kill()
    if not ended or child.status:
        raise CannotStart(child.exit_report())
