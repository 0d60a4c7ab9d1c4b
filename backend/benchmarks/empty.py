"""The other floor: a Celery app whose one task does nothing, set as ours is, on a queue of its own."""

from __future__ import annotations

import os

from celery import Celery

celery_app = Celery("empty", broker=os.environ["REDIS_URL"])
celery_app.conf.update(
    task_ignore_result=True,
    task_default_queue="empty",
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


@celery_app.task(name="nothing")
def nothing() -> None:
    """Nothing."""


def waiting() -> int:
    """Messages that no worker has taken yet."""
    with celery_app.connection_or_acquire() as connection:
        channel = connection.default_channel
        return int(channel.client.llen("empty"))
