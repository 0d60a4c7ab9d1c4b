"""Messages for Celery's workers, as Celery writes them to Redis, in a process that has not imported it."""

from __future__ import annotations

import json
import os
import socket
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from app.engine.process.broker_client import client, key_of
from app.storage.ids import new_id

#: The headers that are the same in all messages; a worker asks for no result, and logs no arguments.
HEADERS: dict[str, Any] = {
    "lang": "py",
    "shadow": None,
    "expires": None,
    "group": None,
    "group_index": None,
    "retries": 0,
    "timelimit": [None, None],
    "parent_id": None,
    "argsrepr": "…",
    "kwargsrepr": "{}",
    "ignore_result": True,
    "replaced_task_nesting": 0,
    "stamped_headers": None,
    "stamps": {},
}
#: What follows the arguments in a body: the messages that Celery would publish after the task. There are none.
EMBEDDED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def publish(
    task: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    queue: str,
    countdown: float | None,
    headers: Mapping[str, Any],
) -> None:
    """Publish a message, in one round trip; ``countdown`` is in seconds. Raises what the broker's client raises."""
    text = write_message(task, args, kwargs, queue=queue, countdown=countdown, headers=headers)
    # A message without a priority is in the list that has the name of its queue.
    client().lpush(key_of(queue), text)


def write_message(
    task: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    queue: str,
    countdown: float | None,
    headers: Mapping[str, Any],
) -> str:
    """Write a message as kombu reads it: protocol 2 of Celery in JSON, in the envelope of its virtual transports."""
    id = new_id()
    origin = f"gen{os.getpid()}@{socket.gethostname()}"
    eta = (datetime.now(timezone.utc) + timedelta(seconds=countdown)).isoformat() if countdown else None
    body = json.dumps([args, kwargs, EMBEDDED]).encode()
    envelope = {
        "body": b64encode(body).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {**HEADERS, "task": task, "id": id, "root_id": id, "eta": eta, "origin": origin, **headers},
        "properties": {
            "correlation_id": id,
            "reply_to": "",
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": id,
        },
    }
    return json.dumps(envelope)
