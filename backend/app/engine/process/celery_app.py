"""The Celery app and its settings."""

from __future__ import annotations

from celery import Celery

from app.engine.process.broker_url import CONNECT_TIMEOUT, SOCKET_TIMEOUT
from app.engine.process.configuration import DEFAULT_QUEUE, settings

#: Messages that one worker holds back until their delay ends, each about 9 kB; further delays wait in Redis.
MAX_COUNTDOWNS = 5000

celery_app = Celery("trigraph", broker=settings.broker)
celery_app.conf.update(
    task_default_queue=DEFAULT_QUEUE,
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
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "socket_timeout": SOCKET_TIMEOUT,
        "socket_keepalive": True,
        "global_keyprefix": settings.redis_key_prefix,
    },
)
