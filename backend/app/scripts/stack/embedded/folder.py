"""Ownership of a data folder: one process runs its servers, others attach to them."""

from __future__ import annotations

import fcntl
import shlex
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.scripts.stack.embedded import make_folder, postgres_in, run_server, valkey_in
from app.scripts.stack.embedded.postgres import Postgres
from app.scripts.stack.embedded.valkey import Valkey, write_private
from app.scripts.stack.processes import CannotStart, wait_until


@dataclass(frozen=True)
class Backing:
    """The Postgres and the Redis that a stack uses, wherever they are."""

    database_url: str
    redis_url: str
    #: The servers that this process runs.
    servers: tuple[Postgres | Valkey, ...] = ()
    #: The ``stack.env`` that this process has to write, if it owns the folder.
    settings_file: Path | None = None
    #: The settings in ``stack.env``, if another process owns the folder.
    owner_settings: Mapping[str, str] = field(default_factory=dict)
    #: Why the stack cannot continue, as a sentence; None while it can.
    find_trouble: Callable[[], str | None] = lambda: None


@contextmanager
def open_backing(data_dir: Path, *, database_url: str | None, redis_url: str | None) -> Iterator[Backing]:
    """
    The servers of this data folder, started here or by the process that owns the folder.

    A URL that is given is used instead of a server of the folder. With both URLs, the folder needs no owner.
    Raises CannotStart.
    """
    make_folder(data_dir)
    with ExitStack() as stack:
        if database_url and redis_url:
            yield external(data_dir, stack, database_url, redis_url)
        elif lock_or_attach(data_dir, stack):
            yield stack.enter_context(run_servers(data_dir, database_url=database_url, redis_url=redis_url))
        else:
            yield attach(data_dir, database_url=database_url, redis_url=redis_url)


def external(data_dir: Path, stack: ExitStack, database_url: str, redis_url: str) -> Backing:
    """Servers that run elsewhere; this process writes ``stack.env`` unless another one owns the folder."""
    lock = stack.enter_context((data_dir / "lock").open("w"))
    path = claim_settings_file(data_dir, stack) if try_lock(lock.fileno()) else None
    return Backing(database_url, redis_url, settings_file=path)


def lock_or_attach(data_dir: Path, stack: ExitStack) -> bool:
    """True if this process owns the folder until the stack unwinds, False if another process runs its servers."""
    lock = stack.enter_context((data_dir / "lock").open("w"))
    if not wait_until(lambda: try_lock(lock.fileno()) or are_listening(data_dir), seconds=60):
        raise CannotStart(f"Another process owns {data_dir}, but its servers do not answer; end that process first.")
    return try_lock(lock.fileno())


def try_lock(descriptor: int) -> bool:
    """Take the lock, if no other process holds it; the system releases it when this process ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def run_servers(data_dir: Path, *, database_url: str | None, redis_url: str | None) -> Iterator[Backing]:
    """Run the servers of the folder until the block is left."""
    with ExitStack() as stack:
        path = claim_settings_file(data_dir, stack)
        redis = None if redis_url else stack.enter_context(run_server(valkey_in(data_dir)))
        postgres = None if database_url else stack.enter_context(run_server(postgres_in(data_dir)))
        yield Backing(
            database_url or (postgres.url if postgres else ""),
            redis_url or (redis.url if redis else ""),
            servers=tuple(server for server in (postgres, redis) if server),
            settings_file=path,
        )


def claim_settings_file(data_dir: Path, stack: ExitStack) -> Path:
    """The path of ``stack.env``: an old one is removed now, the new one when the stack unwinds."""
    path = data_dir / "stack.env"
    path.unlink(missing_ok=True)
    stack.callback(path.unlink, missing_ok=True)
    return path


def write_settings(path: Path, settings: Mapping[str, str]) -> None:
    """Write ``stack.env`` so that a shell can source it; only its owner may read it."""
    write_private(path, "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()))


def attach(data_dir: Path, *, database_url: str | None, redis_url: str | None) -> Backing:
    """The servers of the process that owns the folder; they end with it."""
    settings = read_settings_file(data_dir)
    if not settings:
        raise CannotStart(describe_lost_owner(data_dir))
    return Backing(
        database_url or settings["DATABASE_URL"],
        redis_url or settings["REDIS_URL"],
        owner_settings=settings,
        find_trouble=lambda: describe_lost_owner(data_dir) if is_free(data_dir) else None,
    )


def describe_lost_owner(data_dir: Path) -> str:
    return f"The process that owned {data_dir} has ended, and its servers with it; start this one again."


def is_free(data_dir: Path) -> bool:
    """True if no process owns the folder."""
    with (data_dir / "lock").open("w") as lock:
        return try_lock(lock.fileno())


def read_settings_file(data_dir: Path) -> dict[str, str]:
    """The settings in ``stack.env``; empty until the owner's servers run."""
    with suppress(FileNotFoundError):
        words = shlex.split((data_dir / "stack.env").read_text())
        return dict(word.split("=", 1) for word in words)
    return {}


def are_listening(data_dir: Path) -> bool:
    """True if the servers named in ``stack.env`` take connections; the file of a crashed owner may be old."""
    settings = read_settings_file(data_dir)
    return bool(settings) and all(is_listening(settings[name]) for name in ("DATABASE_URL", "REDIS_URL"))


def is_listening(url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or (6379 if parts.scheme.startswith("redis") else 5432)
    try:
        with socket.create_connection((parts.hostname, port), timeout=1):
            return True
    except OSError:
        return False
