"""
What authentication costs ``POST /events`` and a start by hand, and what the audit costs a command.

A side that is the floor once more, "again", shows what is noise.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, stdev
from time import perf_counter, process_time

from app.access.caller import LOCAL
from app.access.deeds import deed
from app.access.keys import digest_of, make_key, shown_start
from app.engine import handlers
from app.engine.commands import lifecycle
from app.engine.config import EngineConfig, EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import discover
from app.engine.wakeups.publisher import Publisher
from app.settings import load_settings
from app.storage.access.keys import NewKey, create_key
from app.storage.database import make_engine, make_sessions
from app.triggers.triggers import TriggerCache
from benchmarks.load import post_each
from benchmarks.stage import chain, cursor, save

#: Requests and commands of one side in one round. The sides take turns, in short rounds and many of them, so that
#: what else the machine does meets all of them.
REQUESTS = 300
COMMANDS = 20
ROUNDS = 25
PAYLOAD = {"lead": {"source": "bench", "score": 90}}


def store_key(limit: int | None = None) -> str:
    """A key that may post events and start executions, with as many requests a second as ``limit``."""
    key = make_key()
    engine = make_engine(load_settings(), pool_size=1)
    scopes = ["events:write", "executions:write"]
    new = NewKey("bench", shown_start(key), digest_of(key), scopes, "bench", requests_per_second=limit)
    with make_sessions(engine).begin() as session:
        create_key(session, new)
    engine.dispose()
    return key


def store_others(count: int) -> None:
    """Further keys, as a deployment has."""
    with cursor() as on:
        on.executemany(
            "INSERT INTO api_keys (id, name, prefix, digest, scopes, created_by)"
            " VALUES (gen_random_uuid(), 'other', 'tg_', %s, '[]', 'bench')",
            [(secrets.token_bytes(32),) for _ in range(count)],
        )


@dataclass(frozen=True)
class Api:
    """An API, and its process."""

    url: str
    pid: int

    @classmethod
    def parse(cls, text: str) -> Api:
        url, pid = text.split("|")
        return cls(url, int(pid))

    def cpu_seconds(self) -> float:
        """The CPU time that its process has used: other programs on the machine do not change it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """Requests or commands a second, and the CPU time of each, in seconds."""

    rate: float
    cpu: float


def measure(api: Api, path: str, body: object, key: str | None) -> Measured:
    """Post the same body again and again."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    before = api.cpu_seconds()
    load = post_each([(api.url + path, json.dumps(body).encode())] * REQUESTS, headers=headers)
    if load.refused:
        raise RuntimeError(f"{load.refused} requests to {path} were refused.")
    return Measured(load.per_second, (api.cpu_seconds() - before) / REQUESTS)


def compare(sides: dict[str, Callable[[], Measured]], *, floor: str) -> None:
    """Print the rate and the CPU time of each side, and their ratios to the floor, of rates in the same round."""
    found: dict[str, list[Measured]] = {name: [] for name in sides}
    for number in range(ROUNDS + 1):
        # Each round begins with another side: the first one of a round pays for what the last one left to be done.
        names = list(sides)[number % len(sides) :] + list(sides)[: number % len(sides)]
        measured = {name: sides[name]() for name in names}
        if number:
            for name, one in measured.items():
                found[name].append(one)
    for name, each in found.items():
        rate = median(one.rate for one in each)
        by_rate = median(one.rate / base.rate for one, base in zip(each, found[floor], strict=True))
        # The clock of CPU time is coarse, so that single rounds would say little.
        cpu, base_cpu = (fmean(one.cpu for one in side) for side in (each, found[floor]))
        ratios = [base.cpu / one.cpu for one, base in zip(each, found[floor], strict=True) if one.cpu]
        error = stdev(ratios) / len(ratios) ** 0.5
        print(
            f"{name:42} {rate:8.0f} /s, {by_rate:.3f}; {cpu * 1e6:6.0f} µs of CPU, {base_cpu / cpu:.3f} ± {error:.3f}"
        )


def measure_commands(context: EngineContext, execution: str, *, audited: bool) -> Measured:
    """Pause and resume an execution, one after another."""
    started, before = perf_counter(), process_time()
    for number in range(COMMANDS):
        command = lifecycle.resume if number % 2 else lifecycle.pause
        if audited:
            command(context, execution, deed(LOCAL, "bench", "execution", execution))
        else:
            command(context, execution)
    return Measured(COMMANDS / (perf_counter() - started), (process_time() - before) / COMMANDS)


def main() -> None:
    opened, closed = map(Api.parse, sys.argv[1:3])
    store_others(1_000)
    key, limited = store_key(), store_key(limit=1_000_000)
    with cursor() as on:
        workflow = save(on, chain(2, "transform", value=1), trigger={"==": [{"var": "lead.source"}, "bench"]})
    compare(
        {
            "POST /events, AUTH=off": lambda: measure(opened, "/events", PAYLOAD, None),
            "POST /events, AUTH=off, again": lambda: measure(opened, "/events", PAYLOAD, None),
            "POST /events, AUTH=keys": lambda: measure(closed, "/events", PAYLOAD, key),
            "POST /events, AUTH=keys, a limited key": lambda: measure(closed, "/events", PAYLOAD, limited),
        },
        floor="POST /events, AUTH=off",
    )
    start = {"workflow_id": workflow, "payload": PAYLOAD}
    compare(
        {
            "POST /executions, AUTH=off": lambda: measure(opened, "/executions", start, None),
            "POST /executions, AUTH=off, again": lambda: measure(opened, "/executions", start, None),
            "POST /executions, AUTH=keys, audited": lambda: measure(closed, "/executions", start, key),
        },
        floor="POST /executions, AUTH=off",
    )
    registry = discover(handlers)
    context = EngineContext(
        engine=make_engine(load_settings(), pool_size=1),
        workflows=WorkflowCache(registry),
        triggers=TriggerCache(),
        publisher=Publisher(lambda wake_ups: None, lambda: None),
        config=EngineConfig(),
    )
    with cursor() as on:
        on.execute("SELECT id FROM executions WHERE status = 'PENDING' LIMIT 1")
        ((execution,),) = on.fetchall()
    compare(
        {
            "pause and resume": lambda: measure_commands(context, execution, audited=False),
            "pause and resume, again": lambda: measure_commands(context, execution, audited=False),
            "pause and resume, audited": lambda: measure_commands(context, execution, audited=True),
        },
        floor="pause and resume",
    )


if __name__ == "__main__":
    main()
