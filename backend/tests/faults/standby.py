"""A standby of an embedded Postgres, which can be promoted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.embedded.postgres import SETTINGS, Postgres, read_pid_file
from app.scripts.stack.processes import Child, Program, run_to_end, wait_until


@dataclass(frozen=True)
class Standby:
    """A server that follows a primary until it is promoted."""

    primary: Postgres
    port: int

    def url_of(self, database: str) -> str:
        return self.primary.url_of(database).replace(f":{self.primary.port}/", f":{self.port}/")

    def has_caught_up(self) -> bool:
        """True once it has everything that the primary has written so far."""
        (written,) = ask(self.primary.url_of("postgres"), "SELECT pg_current_wal_lsn()")
        (caught_up,) = ask(self.url_of("postgres"), "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written)
        return bool(caught_up)

    def promote(self) -> None:
        """Make it a primary; return when it accepts writes."""
        assert ask(self.url_of("postgres"), "SELECT pg_promote(true, 60)") == (True,)


@contextmanager
def standby_of(primary: Postgres) -> Iterator[Standby]:
    """A running standby of this server."""
    home, programs, port = primary.home, primary.programs, free_port()
    data, log = home.path / "standby", primary.log.with_name("standby.log")
    shutil.rmtree(data, ignore_errors=True)
    where: dict[str, Any] = {"log": log, "cwd": home.path, "account": home.account, "env": {"LC_ALL": "C"}}
    copy = ["-d", primary.url_of("postgres"), "-D", str(data), "-R", "-X", "stream", "-c", "fast"]
    run_to_end(Program(name="pg_basebackup", command=[str(programs / "pg_basebackup"), *copy], **where))
    settings = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
    server = Child(Program(name="Standby", command=[str(programs / "postgres"), "-D", str(data), *settings], **where))
    try:
        assert wait_until(lambda: is_running(data, server), seconds=60), server.exit_report()
        yield Standby(primary, port)
    finally:
        server.kill()
        shutil.rmtree(data, ignore_errors=True)


def is_running(data: Path, server: Child) -> bool:
    """True if it accepts connections, by line 8 of its pid file."""
    lines = read_pid_file(data)
    return len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() in ("standby", "ready")


def ask(url: str, statement: str, *values: object) -> tuple[object, ...]:
    """The only row of a query."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement, values)
        row: tuple[object, ...] = cursor.fetchone() or ()
        return row
