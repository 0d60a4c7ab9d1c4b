"""One embedded Valkey: a broker that keeps its messages on disk."""

from __future__ import annotations

import os
import secrets
import signal
import socket
from pathlib import Path

from app.scripts.stack.embedded.postgres import candidate_ports
from app.scripts.stack.processes import CannotStart, Child, Program, stop, wait_until

#: Valkey keeps its data in its working directory. It does its own chores twice a second, not ten times: while there is
#: nothing to do, they are most of its CPU. A message wakes whoever waits for it at once.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
appendonly yes
hz 2
save ""
maxmemory-policy noeviction
"""


class Valkey:
    """A Valkey (or Redis) on 127.0.0.1; it keeps its port when it is started again."""

    def __init__(self, *, folder: Path, program: Path, log: Path) -> None:
        self.folder = folder
        self.log = log
        self.port: int | None = None
        self.child: Child | None = None
        self._program = program
        self._password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it has read its data and answers. Raises CannotStart."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for port in candidate_ports(self.port):
            self.port = port
            self.child = Child(self._server(port))
            if not wait_until(self._is_up_or_ended, seconds=60):
                break
            if self.child.status is None:
                return
        self.stop()
        raise CannotStart(self.child.exit_report() if self.child else "There is no port for Valkey.")

    def stop(self, *, seconds: float = 2) -> None:
        """Stop it; it saves its data first."""
        if self.child:
            stop(self.child, first=signal.SIGTERM, seconds=seconds)

    def _is_up_or_ended(self) -> bool:
        return self.child is not None and (self.child.status is not None or self._answers())

    def _answers(self) -> bool:
        """True if it answers PONG; while it reads its data it does not."""
        try:
            with socket.create_connection(("127.0.0.1", self.port or 0), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\nQUIT\r\n".encode())
                return b"+PONG" in b"".join(iter(lambda: connection.recv(1024), b""))
        except OSError:
            return False

    def _server(self, port: int) -> Program:
        configuration = self.folder / "valkey.conf"
        write_private(configuration, CONFIGURATION.format(port=port, password=self._password))
        return Program(
            name="Valkey",
            command=[str(self._program), str(configuration)],
            log=self.log,
            cwd=self.folder,
            death_signal=signal.SIGTERM,
        )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, completely or not at all."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)
