"""An API whose wake-ups reach the workers of a stack, and workflows that are started through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.settings import Settings
from tests.api.client import Api, running_api
from tests.scenarios.stack import Stack
from tests.servers import NOWHERE


@contextmanager
def door(stack: Stack) -> Iterator[Api]:
    """An API on the database of this stack, which publishes its wake-ups to the workers."""
    settings = Settings(database_url=stack.database_url, wake_up_grace=1, workflows_dir=NOWHERE)
    with running_api(settings, wake=stack.publish_wake_ups) as api:
        yield api


def save(api: Api, drawn: dict[str, Any], **flow: Any) -> str:
    """Save a workflow that starts on events whose ``for`` is its id; return that id."""
    saved = api.save(graph=drawn, trigger=False, **flow)
    body = {"name": "w", "trigger": {"==": [{"var": "for"}, saved["id"]]}, **flow}
    assert api.put(f"/workflows/{saved['id']}", json=body).status_code == 200
    return str(saved["id"])


def post(api: Api, workflow: str, **payload: Any) -> str:
    """Post an event for a workflow; return the execution that it starts."""
    (started,) = api.fire({"for": workflow, **payload})["executions"]
    return str(started["id"])
