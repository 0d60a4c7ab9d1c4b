"""An API in a process of its own, as a deployment runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.processes import Child, Program, wait_until
from app.scripts.stack.services import is_healthy
from app.settings import BACKEND
from tests.api.client import Api
from tests.fork_server import start_module
from tests.long import SOAK
from tests.scenarios.stack import Stack


@contextmanager
def api_process(stack: Stack, *, cwd: Path = BACKEND, **env: str) -> Iterator[tuple[Api, Child]]:
    """Start an API of this stack and wait until it answers; it is killed at the end of the block."""
    port = free_port()
    uvicorn = [sys.executable, "-m", "uvicorn", "app.main:app", "--no-access-log", "--port", str(port)]
    log = stack.folder / f"api{port}.log"
    program = Program(name="The API", command=uvicorn, log=log, cwd=cwd, env={**stack.env, **env})
    child = start_module(program, execute=SOAK)
    try:
        up = wait_until(lambda: child.status is not None or is_healthy("127.0.0.1", port), seconds=40)
        assert up, child.exit_report()
        assert child.status is None, child.exit_report()
        with Api(f"http://127.0.0.1:{port}", []) as api:
            yield api, child
    finally:
        child.kill()


def submit(api: Api, name: str, *tasks: str, **params: object) -> str:
    """Post a sequence of tasks; return the execution."""
    steps = [{"execution_type": "sequential", "tasks": [{"name": task, "params": params} for task in tasks]}]
    response: requests.Response = api.post("/api/workflow", json={"name": name, "steps": steps}, timeout=20)
    assert response.status_code == 202, response.text
    id: str = response.json()["workflow_id"]
    return id
