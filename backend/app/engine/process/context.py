"""The worker context of this process: what its walks share, made when it is first needed."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from billiard.pool import EX_RECYCLE
from billiard.process import current_process

from app.engine.attempts.leases import Leases
from app.engine.attempts.runners import Runners
from app.engine.attempts.threads import HandlerThreads
from app.engine.commands.aftermath import dispatch
from app.engine.config import EngineContext
from app.engine.deadlines import Deadlines
from app.engine.definitions.compiled import WorkflowCache
from app.engine.process.celery_app import celery_app
from app.engine.process.configuration import config, open_secrets, registry, settings
from app.engine.process.publishing import make_publisher
from app.engine.wakeups.message import WakeUp
from app.engine.walk.news import Look
from app.engine.walk.walker import FULL_FOR, WorkerContext
from app.storage.database import pool_size_for
from app.storage.ids import new_id
from app.storage.pool import make_pool
from app.triggers.triggers import TriggerCache

log = logging.getLogger(__name__)

#: True once this worker is being stopped. In memory that the processes of its pool share.
stopping = multiprocessing.Value("b", False, lock=False)
#: Handlers that run, by the index of the process in the pool; in memory that these processes share.
handlers = multiprocessing.Array("i", 256, lock=False)


@dataclass
class WorkerPool:
    """What this process knows of its worker's pool."""

    #: Threads in which one process runs tasks; processes of a prefork pool have one each.
    threads: int = 1
    #: True in a process that the pool replaces when it ends.
    replaces_process: bool = False


pool = WorkerPool()


def is_stopping() -> bool:
    return bool(stopping.value)


def note_handlers(count: int) -> None:
    """Note how many handlers run in this process; a process that replaces one that was killed has its index."""
    index = getattr(current_process(), "index", 0)
    if index < len(handlers):
        handlers[index] = count


class _Process:
    """The worker context of one process; a forked process makes its own."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        engine = make_pool(settings, size=pool_size_for(settings, threads=pool.threads))
        leases = Leases(
            engine,
            interval=settings.worker_heartbeat_interval,
            lease=config.lease,
            is_stopping=is_stopping,
            note_count=note_handlers,
        )
        note_handlers(0)
        context = EngineContext(
            engine=engine,
            workflows=WorkflowCache(registry),
            triggers=TriggerCache(),
            publisher=make_publisher(),
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
            is_stopping=is_stopping,
        )


def replace_process() -> None:
    """
    End this process of the pool, which replaces it: Python cannot end a handler that blocks outside of it.

    Its other handlers end before, or their steps are given back, as where a process has run ``max-tasks-per-child``.
    """
    if not pool.replaces_process:
        log.error("This process has handlers that cannot be ended, and its pool cannot replace it; restart the worker.")
        return
    log.error("This process of the pool ends, because it has handlers that cannot be ended; another takes its place.")
    end_handlers()
    os._exit(EX_RECYCLE)


def end_handlers() -> None:
    """Let the handlers of this process end, or give their steps back, and publish what others can go on with."""
    if _process is not None and _process.pid == os.getpid():
        _process.worker.walker.stop(settings.worker_stop_grace)
        _process.worker.courier.stop(settings.worker_stop_grace)
        _process.worker.publisher.flush()


def consumed() -> frozenset[str | None] | None:
    """The queues that this process consumes, by Celery's ``-Q``; None where no node type has a queue: all."""
    if not config.queues:
        return None
    default = celery_app.conf.task_default_queue
    return frozenset(None if name == default else name for name in celery_app.amqp.queues.consume_from)


_process: _Process | None = None
_making = threading.Lock()


def worker() -> WorkerContext:
    """The worker context of this process."""
    global _process
    if _process is None or _process.pid != os.getpid():
        with _making:
            if _process is None or _process.pid != os.getpid():
                _process = _Process()
    return _process.worker


def offer(looks: list[Look]) -> None:
    """Have this process act on wake-ups as it has room; those that it does not get to soon are published again."""
    if not worker().walker.offer(looks, FULL_FOR):
        worker().publisher.put(look.message() for look in looks)


def wake_executions(execution_ids: Iterable[str]) -> None:
    """Publish that these executions are to begin. Never blocks on the broker, never raises."""
    worker().publisher.put(WakeUp(id) for id in execution_ids)
