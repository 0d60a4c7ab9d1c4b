"""One Valkey of our own: a broker that forgets nothing and is started and stopped at will."""

from __future__ import annotations

import os
import secrets
import signal
import socket
from pathlib import Path

from app.scripts.stack.embedded.postgres import ports
from app.scripts.stack.processes import CannotStart, Child, Program, stop, wait_until

#: Its data lie in the folder that it is started in.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
appendonly yes
save ""
maxmemory-policy noeviction
"""


class Valkey:
    """A Valkey (or Redis) on 127.0.0.1, which keeps its port when it is started again."""

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
        """Start it and wait until it has read its data and answers."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for port in ports(self.port):
            self.port = port
            self.child = Child(self._server(port))
            if not wait_until(self._settled, seconds=60):
                break
            if self.child.status is None:
                return
        self.stop()
        raise CannotStart(self.child.exit_report() if self.child else "Valkey has no port.")

    def stop(self, *, seconds: float = 2) -> None:
        """End it; it writes down what it knows first."""
        if self.child:
            stop(self.child, first=signal.SIGTERM, seconds=seconds)

    def _settled(self) -> bool:
        return self.child is not None and (self.child.status is not None or self._answers())

    def _answers(self) -> bool:
        """True if it says PONG: before that it is not there, or still reads its data."""
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
    """Write a file that nobody else may read, whole or not at all."""
    half = path.with_name(f".{path.name}.new")
    half.unlink(missing_ok=True)
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    half.replace(path)
