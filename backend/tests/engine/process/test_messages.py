"""Messages as this project writes them, compared with those of Celery."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from datetime import datetime
from typing import Any

from app.settings import BACKEND
from tests.scenarios.stack import Stack

PREFIX = "one:"


def take_messages(stack: Stack, queue: str) -> list[dict[str, Any]]:
    """The messages of a queue, the oldest first, each with its body as a value."""
    with stack.redis() as client:
        messages = [json.loads(text) for text in reversed(client.lrange(PREFIX + queue, 0, -1))]
    return [{**message, "body": json.loads(b64decode(message["body"]))} for message in messages]


def without_ids(message: dict[str, Any]) -> dict[str, Any]:
    """A message without its ids, its time, and what describes its arguments for logs."""
    headers, properties = message["headers"], message["properties"]
    assert headers["id"] == headers["root_id"] == properties["correlation_id"]
    assert properties["delivery_tag"]
    but = ("id", "root_id", "eta", "correlation_id", "delivery_tag", "reply_to", "argsrepr", "kwargsrepr")
    return {
        **message,
        "headers": {name: value for name, value in headers.items() if name not in but},
        "properties": {name: value for name, value in properties.items() if name not in but},
    }


def test_a_message_is_written_as_celery_writes_it(quiet: Stack) -> None:
    env = {**quiet.env, "REDIS_KEY_PREFIX": PREFIX}

    subprocess.run([sys.executable, "-m", "tests.engine.process.both_ways"], cwd=BACKEND, env=env, check=True)

    for queue in ("celery", "gpu"):
        theirs, ours = take_messages(quiet, queue)
        assert without_ids(ours) == without_ids(theirs)
        assert set(ours["headers"]) == set(theirs["headers"])
        assert set(ours["properties"]) == set(theirs["properties"])
    due = [datetime.fromisoformat(message["headers"]["eta"]) for message in (theirs, ours)]
    assert abs((due[1] - due[0]).total_seconds()) < 600
