"""
What authentication costs ``POST /events``, and what the audit costs a start by hand and a command.

A side that is the floor once more, "again", shows what is noise.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from statistics import fmean, median, stdev
from time import perf_counter

from app.access.caller import LOCAL
from app.access.keys import digest_of, make_key, shown_start
from app.engine import handlers
from app.engine.commands import lifecycle
from app.engine.config import EngineConfig, EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import discover
from app.engine.wakeups.publisher import Publisher
from app.settings import load_settings
from app.storage.access.audit import Deed
from app.storage.access.keys import NewKey, create_key
from app.storage.engine import make_engine
from app.storage.orm import make_sessions
from app.triggers.triggers import TriggerCache
from benchmarks.measured import Api, Measured, cpu_seconds, find_servers, measure
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
        own, there = (1e6 * fmean(getattr(one, part) for one in each) for part in ("own", "postgres"))
        ratios = [base.cpu / one.cpu for one, base in zip(each, found[floor], strict=True)]
        error = stdev(ratios) / len(ratios) ** 0.5
        print(
            f"{name:42} {rate:8.0f} /s, {by_rate:.3f};"
            f" CPU {own:5.0f} µs + Postgres {there:5.0f} µs, {fmean(ratios):.3f} ± {error:.3f}"
        )


def measure_commands(context: EngineContext, execution: str, *, audited: bool) -> Measured:
    """Pause and resume an execution, one after another."""
    deed = Deed(LOCAL, "bench", "execution", execution) if audited else None
    servers, this = find_servers(), os.getpid()
    started, before, before_there = perf_counter(), cpu_seconds(this), cpu_seconds(*servers)
    for number in range(COMMANDS):
        command = lifecycle.resume if number % 2 else lifecycle.pause
        command(context, execution, deed)
    own, there = cpu_seconds(this) - before, cpu_seconds(*servers) - before_there
    return Measured(COMMANDS / (perf_counter() - started), own / COMMANDS, there / COMMANDS)


def main() -> None:
    # The audit is measured with processes that have not served the events before, which would cost them memory.
    opened, closed, audited, unaudited = map(Api.parse, sys.argv[1:5])
    store_others(1_000)
    key, limited = store_key(), store_key(limit=1_000_000)
    with cursor() as on:
        workflow = save(on, chain(2, "transform", value=1), trigger={"==": [{"var": "lead.source"}, "bench"]})
    events: list[tuple[str, object]] = [("/events", PAYLOAD)] * REQUESTS
    compare(
        {
            "POST /events, AUTH=off": lambda: measure(opened, events, None),
            "POST /events, AUTH=off, again": lambda: measure(opened, events, None),
            "POST /events, AUTH=keys": lambda: measure(closed, events, key),
            "POST /events, AUTH=keys, a limited key": lambda: measure(closed, events, limited),
        },
        floor="POST /events, AUTH=off",
    )
    starts: list[tuple[str, object]] = [("/executions", {"workflow_id": workflow, "payload": PAYLOAD})] * REQUESTS
    compare(
        {
            "POST /executions, not audited": lambda: measure(unaudited, starts, key),
            "POST /executions, not audited, again": lambda: measure(unaudited, starts, key),
            "POST /executions, audited": lambda: measure(audited, starts, key),
        },
        floor="POST /executions, not audited",
    )
    with cursor() as on:
        on.execute("SELECT id FROM executions WHERE status = 'PENDING' LIMIT 1")
        ((execution,),) = on.fetchall()
    commands: list[tuple[str, object]] = [
        (f"/executions/{execution}/{command}", None) for _ in range(COMMANDS) for command in ("pause", "resume")
    ]
    compare(
        {
            "POST …/pause and …/resume, not audited": lambda: measure(unaudited, commands, key, clients=1),
            "POST …/pause and …/resume, again": lambda: measure(unaudited, commands, key, clients=1),
            "POST …/pause and …/resume, audited": lambda: measure(audited, commands, key, clients=1),
        },
        floor="POST …/pause and …/resume, not audited",
    )
    context = EngineContext(
        engine=make_engine(load_settings(), pool_size=1),
        workflows=WorkflowCache(discover(handlers)),
        triggers=TriggerCache(),
        publisher=Publisher(lambda wake_ups: None, lambda: None),
        config=EngineConfig(),
    )
    compare(
        {
            "the command without HTTP": lambda: measure_commands(context, execution, audited=False),
            "the command without HTTP, again": lambda: measure_commands(context, execution, audited=False),
            "the command without HTTP, audited": lambda: measure_commands(context, execution, audited=True),
        },
        floor="the command without HTTP",
    )


if __name__ == "__main__":
    main()
