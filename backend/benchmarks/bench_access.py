"""What authentication costs ``POST /events`` and a start by hand, and what the audit costs a command."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

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

#: Requests of one side in one round; the sides take turns, so that what else the machine does meets all of them.
REQUESTS = 1_000
ROUNDS = 7
COMMANDS = 500
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


def measure(url: str, body: object, key: str | None) -> float:
    """Requests a second."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    load = post_each([(url, json.dumps(body).encode())] * REQUESTS, headers=headers)
    if load.refused:
        raise RuntimeError(f"{load.refused} requests to {url} were refused.")
    return load.per_second


def compare(sides: dict[str, Callable[[], float]], *, floor: str) -> None:
    """Print the median rate of each side, and the median of its ratios to the floor of the same round."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(ROUNDS + 1):
        # Each round begins with another side: the first one of a round pays for what the last one left to be done.
        names = list(sides)[number % len(sides) :] + list(sides)[: number % len(sides)]
        rates = {name: sides[name]() for name in names}
        if number:
            for name, rate in rates.items():
                found[name].append(rate)
    for name, each in found.items():
        ratios = [rate / base for rate, base in zip(each, found[floor], strict=True)]
        print(f"{name:52} {median(each):9.0f} /s, {median(ratios):.3f} of {floor}")


def measure_commands(context: EngineContext, execution: str, *, audited: bool) -> float:
    """Pauses and resumes a second, one after another."""
    started = perf_counter()
    for number in range(COMMANDS):
        command = lifecycle.resume if number % 2 else lifecycle.pause
        if audited:
            command(context, execution, deed(LOCAL, "bench", "execution", execution))
        else:
            command(context, execution)
    return COMMANDS / (perf_counter() - started)


def main() -> None:
    open_url, closed_url = sys.argv[1:3]
    store_others(1_000)
    key, limited = store_key(), store_key(limit=1_000_000)
    with cursor() as on:
        workflow = save(on, chain(2, "transform", value=1), trigger={"==": [{"var": "lead.source"}, "bench"]})
    compare(
        {
            "POST /events, AUTH=off": lambda: measure(f"{open_url}/events", PAYLOAD, None),
            "POST /events, AUTH=keys": lambda: measure(f"{closed_url}/events", PAYLOAD, key),
            "POST /events, AUTH=keys, a limited key": lambda: measure(f"{closed_url}/events", PAYLOAD, limited),
        },
        floor="POST /events, AUTH=off",
    )
    start = {"workflow_id": workflow, "payload": PAYLOAD}
    compare(
        {
            "POST /executions, AUTH=off": lambda: measure(f"{open_url}/executions", start, None),
            "POST /executions, AUTH=keys, audited": lambda: measure(f"{closed_url}/executions", start, key),
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
            "pause and resume, audited": lambda: measure_commands(context, execution, audited=True),
        },
        floor="pause and resume",
    )


if __name__ == "__main__":
    main()
