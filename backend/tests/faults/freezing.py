"""Freeze the processes of a worker, and wait until none of them runs any more."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from app.scripts.stack.processes import signal_group, wait_until


def freeze_group(pid: int) -> None:
    """Stop a group of processes: one that runs on another core goes on for a moment after the signal was sent."""
    signal_group(pid, signal.SIGSTOP)
    group = os.getpgid(pid)
    assert wait_until(lambda: all(state == "T" for state in _states_of(group)), seconds=10)


def _states_of(group: int) -> Iterator[str]:
    """The state of each thread of the group, as Linux shows it."""
    for stat in Path("/proc").glob("[0-9]*/task/*/stat"):
        try:
            state, _, its_group, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(its_group) == group and state not in "ZX":
            yield state
