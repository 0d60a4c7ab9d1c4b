"""The processes of this machine, for tests of processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from app.scripts.stack.embedded.postgres import read_command


def is_running(pid: int) -> bool:
    """True while the process runs; a zombie does not count."""
    return bool(read_command(pid).strip())


def descendants(pid: int) -> set[int]:
    """The children of a process, their children, and so on."""
    parents = parents_by_pid()
    found: set[int] = set()
    fresh = {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def parents_by_pid() -> dict[int, int]:
    if not Path("/proc/self/stat").exists():
        lines = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True).stdout.splitlines()
        return {int(pid): int(parent) for pid, parent in map(str.split, lines)}
    return {int(name): parent_of(int(name)) for name in os.listdir("/proc") if name.isdecimal()}


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
