"""One embedded Postgres: its data are created once; then it is started and stopped."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from app.scripts.stack.embedded.home import Home, programs_for
from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.processes import CannotStart, Child, Program, run_to_end, stop, wait_until

DATABASE = "trigraph"
USER = "postgres"
#: Durability is the default of Postgres: ``fsync`` and ``synchronous_commit`` stay on.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
CREATE_DATABASE = f"""\
exec "$0" --single --exit_on_error=on -D "$1" template1 <<END
CREATE DATABASE {DATABASE}
END
"""
#: Some systems lack the first; both sort alike.
LOCALES = ("C.UTF-8", "C")


class Postgres:
    """A Postgres on 127.0.0.1; it keeps its port when it is started again."""

    def __init__(self, *, home: Home, programs: Path, log: Path) -> None:
        self.home = home
        self.log = log
        self.port: int | None = None
        self.child: Child | None = None
        self.programs = programs_for(home, programs)

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        password = self.home.password.read_text()
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it takes connections; the first time, create its data. Raises CannotStart."""
        if not self.home.data.exists():
            self._create_data()
        remove_stale_pid_file(self.home.data)
        for port in candidate_ports(self.port):
            self.port = port
            self.child = Child(self._server(port))
            if not wait_until(self._is_up_or_ended, seconds=120):
                break
            if self.child.status is None:
                return
        self.stop()
        raise CannotStart(self.child.exit_report() if self.child else "There is no port for Postgres.")

    def stop(self, *, seconds: float = 4) -> None:
        """Stop it by a fast shutdown, or kill it if that takes too long; committed data are kept in both cases."""
        if self.child:
            stop(self.child, first=signal.SIGINT, seconds=seconds)

    def _is_up_or_ended(self) -> bool:
        return self.child is not None and (self.child.status is not None or is_ready(self.home.data, self.child.pid))

    def _server(self, port: int) -> Program:
        settings = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
        command = [str(self.programs / "postgres"), "-D", str(self.home.data), *settings]
        return self._program("Postgres", command, death_signal=signal.SIGINT)

    def _create_data(self) -> None:
        """Create the data under another name first, so that a kill in between leaves no incomplete data folder."""
        unfinished = self.home.path / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_password(self.home)
        for locale in LOCALES:
            try:
                self._initdb(unfinished, locale)
                break
            except CannotStart:
                if locale == LOCALES[-1]:
                    raise
        self._create_database(unfinished)
        unfinished.rename(self.home.data)

    def _initdb(self, folder: Path, locale: str) -> None:
        where = ["-D", str(folder), "-U", USER, f"--pwfile={self.home.password}"]
        how = ["-A", "scram-sha-256", "-E", "UTF8", f"--locale={locale}"]
        run_to_end(self._program("initdb", [str(self.programs / "initdb"), *where, *how]))

    def _create_database(self, folder: Path) -> None:
        """Create our database in single-user mode, which needs no client."""
        command = ["/bin/sh", "-c", CREATE_DATABASE, str(self.programs / "postgres"), str(folder)]
        run_to_end(self._program("CREATE DATABASE", command))

    def _program(self, name: str, command: list[str], *, death_signal: signal.Signals = signal.SIGKILL) -> Program:
        env = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return Program(
            name=name,
            command=command,
            log=self.log,
            cwd=self.home.path,
            env={**env, "LC_ALL": "C"},
            account=self.home.account,
            death_signal=death_signal,
        )


def candidate_ports(known: int | None) -> Iterator[int]:
    """The ports to try: the known one, else several free ones, because another process may take one first."""
    for _ in range(3):
        yield known or free_port()


def write_password(home: Home) -> None:
    if home.password.exists():
        return
    unfinished = home.password.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(24))
    os.chown(unfinished, home.account.uid, home.account.gid)
    unfinished.rename(home.password)


def is_ready(data: Path, pid: int) -> bool:
    """True if the pid file of the server has its pid in line 1 and ``ready`` in line 8."""
    lines = read_pid_file(data)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def remove_stale_pid_file(data: Path) -> None:
    """
    Wait for an earlier server on these data to end, then remove its pid file.

    Another process may have its pid by now, and Postgres would take that for a running server. The removal is safe,
    because this process holds the lock of the data folder. Raises CannotStart.
    """
    pid = "".join(read_pid_file(data)[:1])
    if pid.isdecimal() and not wait_until(lambda: str(data) not in read_command(int(pid)), seconds=15):
        raise CannotStart(f"Process {pid} is a Postgres that still uses {data}; stop it first.")
    (data / "postmaster.pid").unlink(missing_ok=True)


def read_pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def read_command(pid: int) -> str:
    """The command line of a process; empty if it does not exist or is a zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
