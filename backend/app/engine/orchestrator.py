"""Celery: the app, its settings and tasks, and the threads that start and stop with a worker."""

from __future__ import annotations

import gc
import json
import logging
import math
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import psycopg2
from billiard.pool import EX_RECYCLE
from celery import Celery, Task, bootsteps, current_task
from celery.signals import (
    after_setup_logger,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from app.engine import handlers
from app.engine.attempts.leases import Leases
from app.engine.attempts.resume_after import RESUME_AFTER, request_resumption
from app.engine.attempts.runners import Runners
from app.engine.attempts.threads import HandlerThreads
from app.engine.commands.aftermath import dispatch
from app.engine.config import EngineConfig, EngineContext, HandlerLimits
from app.engine.deadlines import Deadlines
from app.engine.definitions.compiled import WorkflowCache
from app.engine.definitions.files import register_files
from app.engine.registry import discover
from app.engine.services.approval_links import make_approval_links
from app.engine.services.language_model import LanguageModel
from app.engine.upkeep.broker_owner import OWNED_FOR, BrokerOwner
from app.engine.upkeep.heartbeat import Heartbeat
from app.engine.upkeep.timekeeper import Timekeeper
from app.engine.wakeups.cached_question import CachedQuestion
from app.engine.wakeups.message import PUBLISHED_AT, WakeUp
from app.engine.wakeups.publisher import Publisher
from app.engine.walk.news import Look
from app.engine.walk.walker import FULL_FOR, WorkerContext
from app.errors import InvalidInput
from app.secrets.box import make_box
from app.secrets.cache import SecretCache
from app.settings import load_settings
from app.storage.availability import retry_while_disconnected
from app.storage.clock import clock
from app.storage.database import make_engine, pool_size_for
from app.storage.ids import new_id
from app.storage.migrate import wait_for_schema
from app.storage.rights import check_rights
from app.storage.secrets import read_secrets
from app.triggers.triggers import TriggerCache
from app.why.backtest.work import work_on_backtests

log = logging.getLogger(__name__)

#: Seconds that Redis may take to answer a command.
SOCKET_TIMEOUT = 4
#: Messages that one worker holds back until their delay ends, each about 9 kB; further delays wait in Redis.
MAX_COUNTDOWNS = 5000
#: The hash in Redis, beside the queues, that names their owner.
QUEUES_OWNER = "trigraph.installation"
#: Objects, and younger generations, after which Python's collector looks at a generation.
COLLECT_AFTER = (10_000, 10, 10)
#: Seconds for which ``broker_alive`` waits for an answer.
PROBE_TIMEOUT = 2.0

settings = load_settings()
registry = discover(handlers)
clock.follow(settings.database)

celery_app = Celery("trigraph", broker=settings.broker)
celery_app.conf.update(
    task_ignore_result=True,
    # A message that is lost with its worker is published again by the timekeeper.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    # A worker whose slots are all busy fetches no message, so a free worker begins it. Counted are messages that are
    # being run; those held back until a delay ends are limited by the next setting.
    worker_disable_prefetch=True,
    worker_eta_task_limit=MAX_COUNTDOWNS,
    worker_concurrency=settings.worker_concurrency,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        # Without a second copy of every message in Redis; putting those back ends kombu 5.7's worker when Redis goes.
        "ack_emulation": False,
        "visibility_timeout": settings.redis_visibility_timeout,
        "socket_connect_timeout": 2,
        # A server that is frozen or cut off answers nothing: without a limit, a publish would wait for it for ever.
        "socket_timeout": SOCKET_TIMEOUT,
        "socket_keepalive": True,
        "global_keyprefix": settings.redis_key_prefix,
    },
)

config = EngineConfig(
    limits=HandlerLimits(
        timeout=settings.handler_timeout,
        max_output_bytes=settings.max_output_bytes,
        max_collected_bytes=settings.max_collected_bytes,
    ),
    lease=settings.worker_heartbeat_timeout,
    grace=settings.wake_up_grace,
    max_worker_losses=settings.max_worker_losses,
    unknown_type_timeout=settings.unknown_type_timeout,
    max_descendants=settings.max_descendants,
    # Well under the visibility timeout, so that the broker never delivers a delayed message twice.
    horizon=min(settings.delay_horizon, settings.redis_visibility_timeout / 2),
    channels=settings.channels,
    allow_private_addresses=settings.http_allow_private,
    own_services=settings.own_services,
    closed_places=settings.closed_places,
    default_queue=celery_app.conf.task_default_queue,
    queues={type: queue for type, queue in settings.queues.items() if queue != celery_app.conf.task_default_queue},
    language_model=LanguageModel(url=settings.llm_base_url, key=settings.llm_api_key, name=settings.llm_model),
    approval_links=make_approval_links(settings),
    simulates=settings.environment == "dev",
    secret_box=make_box(settings),
)


#: A wake-up is published once, without a description for logs and monitors, which would cost as much as sending it.
PLAIN: dict[str, Any] = {"retry": False, "argsrepr": "…", "kwargsrepr": "{}"}


class NodeTask(Task):
    """``execute_node``, which a handler may call to have its own step resumed."""

    def apply_async(self, args: Sequence[Any] = (), kwargs: Any = None, **options: Any) -> Any:
        """Publish; a running handler's call becomes its step's due time instead, which no lost message can lose."""
        if len(args) >= 3 and args[1] == RESUME_AFTER and request_resumption(args[0], args[2], _countdown(options)):
            return None
        return super().apply_async(args, kwargs, **options)


def _countdown(options: dict[str, Any]) -> float:
    """Seconds until a message is due, by its options."""
    eta = options.get("eta")
    if isinstance(eta, datetime):
        return (eta - datetime.now(eta.tzinfo)).total_seconds()
    return float(options.get("countdown") or 0.0)


@celery_app.task(name="trigraph.execute_node", base=NodeTask)
def execute_node(
    exec_id: str, node_id: str | None = None, resumed: str | None = None, visit: int | None = None
) -> None:
    """Walk one execution; with ``__RESUME_AFTER__`` and a node: resume that node's waiting step."""
    if node_id == RESUME_AFTER:
        _offer([Look(WakeUp(exec_id, resumed, visit), resumed=True)])
    else:
        _offer([Look(WakeUp(exec_id, node_id, visit))])


@celery_app.task(name="trigraph.walk")
def walk(wake_ups: list[list[Any]], queue: str | None = None) -> None:
    """Walk these executions: each is an id, and a node and its visit where one is ready."""
    _offer([Look(WakeUp(*wake_up)._replace(queue=queue)) for wake_up in wake_ups])


def _offer(looks: list[Look]) -> None:
    """
    Have this process act on wake-ups as it has room; those that it does not get to soon are published again.

    A task that is called as a function, and not by a worker, walks until nothing is left to do.
    """
    if current_task.request.called_directly:
        worker().walk_all(looks)
        return
    if not worker().walker.offer(looks, FULL_FOR):
        worker().publisher.put(look.message() for look in looks)


@celery_app.task(name="trigraph.match")
def match() -> None:
    """Match events with the steps that wait for them."""
    worker().matcher.match()


def ask_to_match() -> None:
    """Publish a request to match events. Raises what the broker's client raises."""
    match.apply_async((), headers=_stamp(), **PLAIN)


@celery_app.task(name="trigraph.backtest")
def backtest() -> None:
    """Go on with backtests for a moment; while there is more, workers are asked again behind what waits already."""
    messages = work_on_backtests(worker().engine)
    if messages:
        worker().publisher.backtest(messages)


def ask_to_backtest() -> None:
    """Publish a request to go on with backtests. Raises what the broker's client raises."""
    backtest.apply_async((), headers=_stamp(), **PLAIN)


@celery_app.task(name="trigraph.deliver")
def deliver() -> None:
    """Post events of the engine, and have the courier of this process deliver what is due; waits for no receiver."""
    worker().poster.post()
    worker().courier.wake()


def ask_to_deliver() -> None:
    """Publish a request to post and deliver events of the engine. Raises what the broker's client raises."""
    deliver.apply_async((), headers=_stamp(), **PLAIN)


def _stamp() -> dict[str, float]:
    return {PUBLISHED_AT: clock.time()}


def send(wake_ups: list[WakeUp]) -> None:
    """Publish one message. Raises what the broker's client raises."""
    first = wake_ups[0]
    queued: dict[str, Any] = {"queue": first.queue} if first.queue else {}
    if first.countdown and len(wake_ups) == 1:
        arguments = (first.execution_id, RESUME_AFTER, first.node_id, first.visit)
        execute_node.apply_async(arguments, countdown=first.countdown, headers=_stamp(), **queued, **PLAIN)
    else:
        looks = [[wake_up.execution_id, wake_up.node_id, wake_up.visit] for wake_up in wake_ups]
        countdown = max((wake_up.countdown for wake_up in wake_ups if wake_up.countdown), default=None)
        walk.apply_async((looks,), queued, countdown=countdown, headers=_stamp(), **queued, **PLAIN)


#: True once this worker is being stopped. In memory that the processes of its pool share.
_stopping = multiprocessing.Value("b", False, lock=False)


def _is_stopping() -> bool:
    return bool(_stopping.value)


class _Process:
    """The worker context of one process; a forked process makes its own."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        engine = make_engine(settings, pool_size=pool_size_for(settings, threads=_threads))
        leases = Leases(
            engine, interval=settings.worker_heartbeat_interval, lease=config.lease, is_stopping=_is_stopping
        )
        context = EngineContext(
            engine=engine,
            workflows=WorkflowCache(registry),
            triggers=TriggerCache(),
            publisher=Publisher(send, ask_to_match, ask_to_backtest, ask_to_deliver),
            config=replace(
                config, consumed=consumed(), process=new_id(), deadlines=Deadlines(), secrets=open_secrets(engine)
            ),
        )
        self.worker = WorkerContext(
            **vars(context),
            leases=leases,
            dispatch=partial(dispatch, context),
            runners=Runners(
                settings.handlers_at_once,
                settings.sync_handlers_at_once,
                threads=HandlerThreads(Deadlines(), replace_process),
            ),
            is_stopping=_is_stopping,
        )


def open_secrets(engine: Engine) -> SecretCache:
    """The secrets of a process; they are read when the first step needs one."""
    return SecretCache(partial(read_secrets, engine), make_box(settings))


def replace_process() -> None:
    """
    End this process of the pool, which replaces it: Python cannot end a handler that blocks outside of it.

    Its other handlers end before, or their steps are given back, as where a process has run ``max-tasks-per-child``.
    """
    if not _is_replaceable:
        log.error("This process has handlers that cannot be ended, and its pool cannot replace it; restart the worker.")
        return
    log.error("This process of the pool ends, because it has handlers that cannot be ended; another takes its place.")
    _land_handlers()
    os._exit(EX_RECYCLE)


def consumed() -> frozenset[str | None] | None:
    """The queues that this process consumes, by Celery's ``-Q``; None where no node type has a queue: all."""
    if not config.queues:
        return None
    default = celery_app.conf.task_default_queue
    return frozenset(None if name == default else name for name in celery_app.amqp.queues.consume_from)


#: Threads in which this process runs handlers; processes of a prefork pool have one each.
_threads = 1
_process: _Process | None = None
#: True in a process that its pool replaces when it ends.
_is_replaceable = False
_making = threading.Lock()


def worker() -> WorkerContext:
    """The worker context of this process."""
    global _process
    if _process is None or _process.pid != os.getpid():
        with _making:
            if _process is None or _process.pid != os.getpid():
                _process = _Process()
    return _process.worker


def wake_executions(execution_ids: Iterable[str]) -> None:
    """Publish that these executions are to begin. Never blocks on the broker, never raises."""
    worker().publisher.put(WakeUp(id) for id in execution_ids)


def consumed_until(queue: str | None) -> float:
    """
    The time before which every message of a queue (None: the default one) was published that is consumed by now.

    Seconds since 1970 by Postgres' clock; minus infinity where the oldest message does not name its time. Raises what
    the broker's client raises.
    """
    now = clock.time()
    with celery_app.connection_or_acquire() as connection:
        # kombu adds the prefix to the keys of the commands that it uses itself, and not to those of others.
        key = settings.redis_key_prefix + (queue or celery_app.conf.task_default_queue)
        oldest = connection.default_channel.client.lindex(key, -1)
    if oldest is None:
        return now
    published_at = json.loads(oldest).get("headers", {}).get(PUBLISHED_AT)
    return float(published_at) if isinstance(published_at, (int, float)) else -math.inf


queues_consumed = CachedQuestion(consumed_until, name="queue-monitor")


def claim_queues(installation: str) -> str:
    """Claim the queues for an installation unless they have an owner; the owner. Raises what the client raises."""
    with celery_app.connection_or_acquire() as connection:
        client = connection.default_channel.client
        owner: str = (client.hget(QUEUES_OWNER, "id") or installation.encode()).decode()
        if owner == installation:
            client.hset(QUEUES_OWNER, "id", installation)
            client.pexpire(QUEUES_OWNER, int(OWNED_FOR * 1000))
        return owner


def _ping_broker(_: None) -> bool:
    with celery_app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=PROBE_TIMEOUT)
        return bool(connection.default_channel.client.ping())


_broker_probe = CachedQuestion(_ping_broker, name="broker-probe", max_age=0.2)


def broker_alive() -> bool:
    """True where the broker answers; waits ``PROBE_TIMEOUT`` seconds at most, with one question open at a time."""
    return _broker_probe.wait(None, PROBE_TIMEOUT) is True


class TimekeeperStep(bootsteps.StartStopStep):
    """The timekeeper and the heartbeat: threads of the main process, which run also when every pool slot is busy."""

    requires = ("celery.worker.components:Pool",)

    def start(self, parent: Any) -> None:
        queues = tuple(celery_app.amqp.queues.consume_from)
        types = tuple(sorted(handler.type for handler in registry))
        interval = settings.worker_heartbeat_interval
        self.heartbeat = Heartbeat(worker().engine, parent.hostname, queues, types, interval)
        self.heartbeat.start()
        self.stopping = threading.Event()
        BrokerOwner(worker().engine, claim_queues).start(self.stopping)
        timekeeper = Timekeeper(worker(), queues_consumed.get, settings.timekeeper_interval, clock.time)
        threading.Thread(target=timekeeper.run, args=(self.stopping,), name="timekeeper", daemon=True).start()

    def stop(self, parent: Any) -> None:
        self.stopping.set()
        self.heartbeat.stop()

    terminate = stop


celery_app.steps["worker"].add(TimekeeperStep)


@after_setup_logger.connect
def _apply_log_level(**_: Any) -> None:
    """Apply ``LOG_LEVEL`` and ``DEBUG`` to our own messages; where neither is set, ``-l`` decides."""
    if settings.says_level:
        logging.getLogger("app").setLevel(settings.level)


@after_setup_logger.connect
def _quiet_wake_ups(**_: Any) -> None:
    """Drop Celery's two lines per wake-up: the steps record what was done."""
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)


@after_setup_logger.connect
def _quiet_clients(**_: Any) -> None:
    """Keep HTTP clients from logging URLs, which may contain the value of a ``{{ secret.NAME }}``."""
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.getLogger("apprise").setLevel(logging.INFO)


@worker_init.connect
def _prepare_database(sender: Any, **_: Any) -> None:
    """Give every thread of the pool a connection, and take no wake-up before the schema is there."""
    global _threads
    if not any(kind in str(sender.pool_cls) for kind in ("prefork", "processes", "solo")):
        _threads = int(sender.concurrency)
    try:
        pool_size_for(settings, threads=_threads)
        wait_for_schema(settings.database)
        clock.measure()
        engine = make_engine(settings)
        retry_while_disconnected(partial(check_rights, engine), seconds=settings.worker_heartbeat_timeout)
        engine.dispose()
    except (InvalidInput, OperationalError, psycopg2.OperationalError) as error:
        sys.exit(f"Trigraph cannot start: {str(error).partition(chr(10))[0]}")


@worker_init.connect
def _share_memory(**_: Any) -> None:
    """
    Freeze objects before pool processes are forked, so that the collector leaves their pages shared.

    The walk makes many objects that are freed without the collector; at its own pace it took a twelfth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


@worker_ready.connect
def _name_unknown_types(**_: Any) -> None:
    for type in config.queues:
        if registry.get(type) is None:
            log.warning(
                "HANDLER_QUEUES names the node type %s, for which no handler is registered; check its spelling.", type
            )


@worker_ready.connect
def _register_files(**_: Any) -> None:
    """Register workflow files in a thread of its own: a worker takes wake-ups at once, also without Postgres."""

    def register() -> None:
        engine = make_engine(settings)
        register_files(engine, registry, settings)
        engine.dispose()

    threading.Thread(target=register, name="register", daemon=True).start()


@worker_shutting_down.connect
def _note_shutdown(**_: Any) -> None:
    """What is killed after this, because its handler takes longer than the grace period, is not its step's fault."""
    _stopping.value = True


@worker_process_init.connect
def _note_pool_process(**_: Any) -> None:
    global _is_replaceable
    _is_replaceable = True


@worker_process_shutdown.connect
@worker_shutdown.connect
def _land_handlers(**_: Any) -> None:
    """Let the handlers of this process end, or give their steps back, and publish what others can go on with."""
    if _process is not None and _process.pid == os.getpid():
        _process.worker.walker.stop(settings.worker_stop_grace)
        _process.worker.courier.stop(settings.worker_stop_grace)
        _process.worker.publisher.flush()
