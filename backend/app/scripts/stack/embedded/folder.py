"""Who owns a data folder: the process that starts its servers, while all others attach to them."""

from __future__ import annotations

import fcntl
import shlex
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.scripts.stack.embedded import make_folder, postgres_in, running, valkey_in
from app.scripts.stack.embedded.postgres import Postgres
from app.scripts.stack.embedded.valkey import Valkey, write_private
from app.scripts.stack.processes import CannotStart, wait_until


@dataclass(frozen=True)
class Backing:
    """The two servers that a stack stands on, wherever they are."""

    database_url: str
    redis_url: str
    #: What happened to them, as a sentence; None while all is well.
    trouble: Callable[[], str | None] = lambda: None


@contextmanager
def backing(data_dir: Path, *, database_url: str | None, redis_url: str | None) -> Iterator[Backing]:
    """
    The servers of this data folder: started here, or by the process that owns the folder already.

    A URL that is given wins over a server of our own; two of them, and the folder is not looked at.
    """
    if database_url and redis_url:
        yield Backing(database_url, redis_url)
        return
    make_folder(data_dir)
    with ExitStack() as stack:
        if lock_or_attach(data_dir, stack):
            yield stack.enter_context(owned(data_dir, database_url=database_url, redis_url=redis_url))
        else:
            yield attached(data_dir, database_url=database_url, redis_url=redis_url)


def lock_or_attach(data_dir: Path, stack: ExitStack) -> bool:
    """True if the folder is ours until the stack unwinds, False if another process runs its servers."""
    lock = stack.enter_context((data_dir / "lock").open("w"))
    if not wait_until(lambda: locked(lock.fileno()) or answering(data_dir), seconds=60):
        raise CannotStart(f"Another process owns {data_dir}, but its servers do not answer.")
    return locked(lock.fileno())


def locked(descriptor: int) -> bool:
    """True if nobody else holds the lock, for now we do; the system gives it back however we end."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def owned(data_dir: Path, *, database_url: str | None, redis_url: str | None) -> Iterator[Backing]:
    """Servers of our own, and where they are in ``stack.env`` for whoever attaches."""
    (data_dir / "stack.env").unlink(missing_ok=True)
    started: list[Postgres | Valkey] = []
    with ExitStack() as stack:
        if not redis_url:
            started.append(stack.enter_context(running(valkey_in(data_dir))))
        if not database_url:
            started.append(stack.enter_context(running(postgres_in(data_dir))))
        urls = {type(server): server.url for server in started}
        here = Backing(
            database_url or urls[Postgres], redis_url or urls[Valkey], trouble=lambda: first_exit_report(started)
        )
        publish(here, data_dir, stack)
        yield here


def publish(here: Backing, data_dir: Path, stack: ExitStack) -> None:
    """Say in ``stack.env`` where the servers are, until the stack unwinds."""
    path = data_dir / "stack.env"
    urls = {"DATABASE_URL": here.database_url, "REDIS_URL": here.redis_url}
    write_private(path, "".join(f"{name}={shlex.quote(url)}\n" for name, url in urls.items()))
    stack.callback(path.unlink, missing_ok=True)


def first_exit_report(started: list[Postgres | Valkey]) -> str | None:
    children = [server.child for server in started if server.child]
    return next((child.exit_report() for child in children if child.status is not None), None)


def attached(data_dir: Path, *, database_url: str | None, redis_url: str | None) -> Backing:
    """The servers of the process that owns the folder; they end with it."""
    urls = published(data_dir)
    if not urls:
        raise CannotStart(abandoned(data_dir))
    return Backing(
        database_url or urls["DATABASE_URL"],
        redis_url or urls["REDIS_URL"],
        trouble=lambda: abandoned(data_dir) if is_free(data_dir) else None,
    )


def abandoned(data_dir: Path) -> str:
    return f"The process that owned {data_dir} has ended, and its servers with it."


def is_free(data_dir: Path) -> bool:
    """True if nobody owns the folder."""
    with (data_dir / "lock").open("w") as lock:
        return locked(lock.fileno())


def published(data_dir: Path) -> dict[str, str]:
    """What the owner wrote into ``stack.env``; nothing before its servers run."""
    with suppress(FileNotFoundError):
        words = shlex.split((data_dir / "stack.env").read_text())
        return dict(word.split("=", 1) for word in words)
    return {}


def answering(data_dir: Path) -> bool:
    """True if somebody listens where the owner said so: after a crash it may have been said long ago."""
    urls = published(data_dir)
    return bool(urls) and all(listening(url) for url in urls.values())


def listening(url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or (6379 if parts.scheme.startswith("redis") else 5432)
    try:
        with socket.create_connection((parts.hostname, port), timeout=1):
            return True
    except OSError:
        return False
