"""How a worker starts and stops: its logs, its database, and the threads beside its pool."""

from __future__ import annotations

import gc
import importlib
import logging
import sys
import threading
from functools import partial
from typing import Any

import psycopg2
from celery import bootsteps, platforms
from celery.signals import (
    after_setup_logger,
    celeryd_after_setup,
    worker_before_create_process,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

from app.engine.process import context
from app.engine.process.broker import claim_queues, queues_consumed
from app.engine.process.celery_app import celery_app
from app.engine.process.configuration import config, registry, settings
from app.engine.process.context import worker
from app.engine.process.file_registration import register_folder
from app.engine.process.parent_death import end_with_parent
from app.engine.services.channels import load_plugins
from app.engine.upkeep.broker_owner import BrokerOwner
from app.engine.upkeep.heartbeat import Heartbeat
from app.engine.upkeep.timekeeper import Record, Timekeeper
from app.errors import InvalidInput
from app.secrets.box import load_cipher
from app.storage.availability import retry_while_disconnected
from app.storage.clock import clock
from app.storage.database import pool_size_for
from app.storage.pool import make_pool
from app.storage.rights import check_rights
from app.storage.schema import wait_for_schema
from app.storage.workers import WorkerState

log = logging.getLogger(__name__)

#: Modules that each pool process would import at its first call of a service, and at its first connection.
SHARED_MODULES = ("app.engine.services.http.messages", "encodings.idna")
#: Objects, and younger generations, after which Python's collector looks at a generation.
COLLECT_AFTER = (10_000, 10, 10)


def describe_worker(parent: Any, record: Record) -> WorkerState:
    """How this worker is now: its pool, how many handlers run in it, and what its timekeeper has done."""
    pool = type(parent.pool).__module__.rpartition(".")[2]
    busy = sum(context.handlers)
    return WorkerState(pool, parent.concurrency, busy, record.passed_at, record.rescued, record.rescued_at)


class TimekeeperStep(bootsteps.StartStopStep):
    """The timekeeper and the heartbeat: threads of the main process, which run also when every pool slot is busy."""

    requires = ("celery.worker.components:Pool",)

    def start(self, parent: Any) -> None:
        queues = tuple(celery_app.amqp.queues.consume_from)
        types = tuple(sorted(handler.type for handler in registry))
        interval = settings.worker_heartbeat_interval
        timekeeper = Timekeeper(worker(), queues_consumed.get, settings.timekeeper_interval, clock.time)
        describe = partial(describe_worker, parent, timekeeper.record)
        self.heartbeat = Heartbeat(worker().engine, parent.hostname, queues, types, interval, describe)
        self.heartbeat.start()
        self.stopping = threading.Event()
        BrokerOwner(worker().engine, claim_queues).start(self.stopping)
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
    if not any(kind in str(sender.pool_cls) for kind in ("prefork", "processes", "solo")):
        context.pool.threads = int(sender.concurrency)
    try:
        pool_size_for(settings, threads=context.pool.threads)
        wait_for_schema(settings.database)
        clock.measure()
        pool = make_pool(settings, size=1)
        retry_while_disconnected(partial(check_rights, pool), seconds=settings.worker_heartbeat_timeout)
        pool.dispose()
    except (InvalidInput, psycopg2.OperationalError) as error:
        sys.exit(f"Trigraph cannot start: {str(error).partition(chr(10))[0]}")


@worker_init.connect
def _share_memory(**_: Any) -> None:
    """Make what every pool process would make for itself, before they are forked and share it."""
    # The walk makes many objects that are freed without the collector; at its own pace it took a twelfth of the time.
    gc.set_threshold(*COLLECT_AFTER)
    platforms.set_pdeathsig = end_with_parent
    for module in SHARED_MODULES:
        importlib.import_module(module)
    if config.channels:
        load_plugins()
    if config.secret_box.keys:
        load_cipher()
    _freeze()


@worker_before_create_process.connect
def _freeze(**_: Any) -> None:
    """Freeze what there is, so that the collector passes over it, and leaves its pages shared after a fork."""
    gc.collect()
    gc.freeze()


@worker_ready.connect
def _name_unknown_types(**_: Any) -> None:
    for type in config.queues:
        if registry.get(type) is None:
            log.warning(
                "HANDLER_QUEUES names the node type %s, for which no handler is registered; check its spelling.", type
            )


@celeryd_after_setup.connect
def _register_files(**_: Any) -> None:
    """Register workflow files before the pool is forked: later, the memory that this touches would be copied."""
    register_folder()


@worker_shutting_down.connect
def _note_shutdown(**_: Any) -> None:
    """What is killed after this, because its handler takes longer than the grace period, is not its step's fault."""
    context.stopping.value = True


@worker_process_init.connect
def _note_pool_process(**_: Any) -> None:
    context.pool.replaces_process = True


@worker_process_shutdown.connect
@worker_shutdown.connect
def _end_handlers(**_: Any) -> None:
    context.end_handlers()
