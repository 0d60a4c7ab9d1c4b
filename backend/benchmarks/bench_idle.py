"""The CPU of everything that ``make run`` starts while there is nothing to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.scripts.stack.embedded.ports import free_port
from app.settings import BACKEND

#: Seconds after the start, in which files are registered and connections are made, and seconds that are measured.
SETTLE, MEASURE = 20, 60
#: What the stage of the benchmarks sets; this stack has servers of its own.
OF_STAGE = ("DATABASE_URL", "REDIS_URL", "TRIGRAPH_STAGE")
#: A word of the command of a process, and what it is.
NAMES = {
    "scripts.run": "supervisor",
    "valkey": "Valkey",
    "scripts.demo": "demo service",
    "uvicorn": "API",
    "scripts.worker": "worker",
    "postgres": "Postgres",
}


@contextmanager
def installation() -> Iterator[int]:
    """The process id of a new installation that is ready."""
    with tempfile.TemporaryDirectory(prefix="trigraph-idle-") as folder:
        Path(folder).chmod(0o711)
        env = {name: value for name, value in os.environ.items() if name not in OF_STAGE}
        process = subprocess.Popen(
            [sys.executable, "-m", "app.scripts.run"],
            cwd=BACKEND,
            env={**env, "PORT": str(free_port()), "DATA_DIR": folder, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            if not any(line.startswith("Ready") for line in process.stdout or ()):
                raise RuntimeError("make run did not start.")
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def descendants(pid: int) -> list[int]:
    """A process and all that it has started, directly or not."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(") ")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def cpu_seconds(pid: int) -> float:
    """The CPU time of all threads of a process; 0 where it has ended."""
    try:
        return (
            sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9
        )
    except OSError:
        return 0.0


def name_of(pid: int) -> str:
    """What a process is; those of Postgres change their command."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    return next((name for word, name in NAMES.items() if word in command), "other")


def main() -> None:
    with installation() as pid:
        time.sleep(SETTLE)
        before = {each: (name_of(each), cpu_seconds(each)) for each in descendants(pid)}
        time.sleep(MEASURE)
        used: dict[str, float] = {}
        for each, (name, seconds) in before.items():
            used[name] = used.get(name, 0.0) + max(0.0, cpu_seconds(each) - seconds)
    parts = ", ".join(f"{name} {100 * seconds / MEASURE:.2f} %" for name, seconds in used.items())
    print(
        f"CPU of an idle installation                 {100 * sum(used.values()) / MEASURE:9.2f} % of a core ({parts})"
    )


if __name__ == "__main__":
    main()
