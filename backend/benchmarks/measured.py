"""Requests a second, and the CPU time of each in an API and in its connections to Postgres."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import post_each
from benchmarks.stage import cursor


@dataclass(frozen=True)
class Api:
    """An API, and its process."""

    url: str
    pid: int

    @classmethod
    def parse(cls, text: str) -> Api:
        url, pid = text.split("|")
        return cls(url, int(pid))


def cpu_seconds(*processes: int) -> float:
    """The CPU time that processes have used: other programs on the machine change it less than they change rates."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in processes) / 1e9


def find_servers() -> list[int]:
    """The processes of Postgres that clients are connected to."""
    with cursor() as on:
        on.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
        return [pid for (pid,) in on.fetchall()]


@dataclass(frozen=True)
class Measured:
    """Requests or commands a second, and the CPU time of each in our process and in Postgres, in seconds."""

    rate: float
    own: float
    postgres: float

    @property
    def cpu(self) -> float:
        return self.own + self.postgres


def measure(api: Api, requests: Sequence[tuple[str, object]], key: str | None, *, clients: int = 16) -> Measured:
    """Post each body to its path."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    servers = find_servers()
    before, before_there = cpu_seconds(api.pid), cpu_seconds(*servers)
    bodies = [(api.url + path, json.dumps(body).encode()) for path, body in requests]
    load = post_each(bodies, headers=headers, clients=clients)
    if load.refused:
        raise RuntimeError(f"{load.refused} requests, as to {requests[0][0]}, were refused.")
    own, there = cpu_seconds(api.pid) - before, cpu_seconds(*servers) - before_there
    return Measured(load.per_second, own / len(requests), there / len(requests))
