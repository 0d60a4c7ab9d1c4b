"""
Executions walked by one process, while nobody listens to events of the engine and while a subscription does.

``python -m benchmarks listening``. The floor is the same walk on connections for which the triggers of Postgres that
record events are switched off. The three are measured in turns. What is recorded is posted afterwards, by itself.
"""

from __future__ import annotations

import os
import time
from functools import partial
from statistics import median
from typing import Any

from sqlalchemy import Engine

from app.engine import handlers
from app.engine.attempts.leases import Leases
from app.engine.commands.aftermath import dispatch
from app.engine.config import EngineConfig, EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.deliveries.posting import Poster
from app.engine.registry import discover
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.walker import WorkerContext
from app.graph.engine_events import COMPLETED, STARTED
from app.settings import Settings
from app.storage.engine import make_engine
from app.storage.ids import new_id
from app.triggers.triggers import TriggerCache
from benchmarks.stage import begin, chain, cursor, save

EXECUTIONS, ROUNDS = 400, 7
#: Conditions that one statement evaluates; the least of all rounds is the one that was disturbed least.
CONDITIONS = 200_000
#: Switches off triggers of a connection.
SILENT = "options=-csession_replication_role%3Dreplica"


def make_worker(engine: Engine) -> WorkerContext:
    context = EngineContext(
        engine, WorkflowCache(discover(handlers)), TriggerCache(), Publisher(lambda wake_ups: None), EngineConfig()
    )
    leases = Leases(engine, interval=60, lease=60)
    return WorkerContext(**vars(context), leases=leases, dispatch=partial(dispatch, context))


def walk(worker: WorkerContext, on: Any, workflow: str) -> float:
    """Executions a second."""
    wake_ups = [WakeUp(id) for id in begin(on, workflow, EXECUTIONS)]
    start = time.perf_counter()
    worker.walk(wake_ups)
    return EXECUTIONS / (time.perf_counter() - start)


def cost_of_condition(on: Any) -> float:
    """Microseconds of the condition that the triggers evaluate for a change while nobody listens."""
    condition = "pg_sequence_last_value('engine_events_listened'::regclass) > 1"
    least = []
    for each in (condition, "number < 0"):
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            on.execute(f"SELECT count(*) FROM generate_series(1, {CONDITIONS}) AS number WHERE {each}")
            times.append(time.perf_counter() - start)
        least.append(min(times))
    return (least[0] - least[1]) / CONDITIONS * 1e6


def listen(on: Any) -> None:
    on.execute(
        "INSERT INTO webhook_subscriptions (id, url, types, secret) VALUES (%s, 'http://127.0.0.1:9/', %s, '')",
        (new_id(), [STARTED, COMPLETED]),
    )


def main() -> None:
    url = os.environ["DATABASE_URL"]
    silent_url = f"{url}{'&' if '?' in url else '?'}{SILENT}"
    engines = [make_engine(Settings(database_url=each)) for each in (silent_url, url)]
    silent, worker = (make_worker(engine) for engine in engines)
    floor, unheard, heard, posted = [], [], [], []
    with cursor() as on:
        condition = cost_of_condition(on)
        workflow = save(on, chain(5, "send_notification", toRole="AE", message="Hello"))
        for _ in range(ROUNDS):
            floor.append(walk(silent, on, workflow))
            unheard.append(walk(worker, on, workflow))
            listen(on)
            heard.append(walk(worker, on, workflow))
            start = time.perf_counter()
            Poster(worker, lambda aftermath: None).post()
            posted.append(2 * EXECUTIONS / (time.perf_counter() - start))
            on.execute("DELETE FROM webhook_subscriptions; DELETE FROM deliveries")
    shares = [median(a / b for a, b in zip(rates, floor, strict=True)) for rates in (unheard, heard)]
    print(f"the condition of a trigger while nobody listens: {condition:.2f} µs")
    print(f"without the triggers: {median(floor):,.0f} executions of five steps a second")
    print(f"nobody listens: {median(unheard):,.0f}/s, {shares[0]:.2f} of that")
    print(f"started and completed are recorded: {median(heard):,.0f}/s, {shares[1]:.2f} of that")
    print(f"posted, each with one delivery: {median(posted):,.0f} events a second")
    for each in (silent, worker):
        each.walker.stop(5)
    for engine in engines:
        engine.dispose()


if __name__ == "__main__":
    main()
