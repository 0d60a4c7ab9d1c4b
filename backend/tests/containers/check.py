"""
``python check.py`` in the folder of docker-compose.yml: does the stack that is up there do what the README says?

It scales, restarts and recreates containers, and leaves its executions behind: not for a stack that is in use.
COMPOSE names the command, ``docker compose`` if nothing is said, PORT the gateway's port, and ADMIN_KEY the key of the
stack that is up.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from urllib.request import Request, urlopen

COMPOSE = shlex.split(os.environ.get("COMPOSE", "docker compose"))
URL = f"http://localhost:{os.environ.get('PORT', '8000')}"
#: The first key of the stack: that of the shell, else one of its own, which compose hands on to the API.
KEY = os.environ.setdefault("ADMIN_KEY", "tg_" + secrets.token_urlsafe(32))
LEAD = {"lead": {"source": "LinkedIn", "score": 90, "title": "CEO"}}
#: Seconds that anything may take.
PATIENCE = 120.0


def main() -> None:
    with telling("The API answers behind the gateway, and every container is healthy"):
        await_health()
        wait_until(all_healthy)
    with telling("Seeding once makes both samples, seeding again none"):
        assert seed().count(": made") == 2
        assert seed().count(": already there") == 2
    with telling("An event starts one execution, which completes"):
        complete(1)
    with telling("A definition that comes along runs on the demo service"):
        run_sample()
    with telling("All parts of the fleet are well"):
        health = get("/v1/health")
        assert (health["status"], health["services"]["workers"]) == ("healthy", "healthy (1 active)"), health
    with telling("Three APIs and three workers complete 30 executions, and each API serves some"):
        compose("up", "-d", "--scale", "api=3", "--scale", "worker=3")
        await_health()
        wait_until(all_healthy)
        complete(30)
        assert len(apis_asked()) == 3
    with telling("Two APIs and two workers complete 20 DAGs, whose paths all join once"):
        compose("up", "-d", "--scale", "api=2", "--scale", "worker=2")
        await_health()
        wait_until(all_healthy)
        run_dags(20)
    with telling("Down to one of each again, the gateway asks only who is there"):
        compose("up", "-d", "--scale", "api=1", "--scale", "worker=1")
        wait_until(answers_ten_times)
        complete(3)
    for service in ("postgres", "redis", "worker", "api"):
        with telling(f"After a restart of {service}, all is as before"):
            compose("restart", service)
            await_health()
            complete(3)
    with telling("What was stored survives new containers"):
        before = {execution["id"] for execution in get("/executions?limit=50")}
        compose("down")
        compose("up", "-d")
        await_health()
        assert {execution["id"] for execution in get("/executions?limit=50")} == before
        complete(1)
    with telling("Nothing of ours runs as root, and it stops when told to"):
        for service in ("api", "worker", "gateway", "demo"):
            assert compose("exec", "-T", service, "id", "-u").strip() != "0"
        since = time.monotonic()
        compose("stop", "worker", "api", "gateway", "demo")
        assert time.monotonic() - since < 30


@contextmanager
def telling(what: str) -> Iterator[None]:
    since = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - since:.1f} s", flush=True)


def compose(*arguments: str) -> str:
    done = subprocess.run([*COMPOSE, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{shlex.join([*COMPOSE, *arguments])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def get(path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    with urlopen(Request(URL + path, data, headers), timeout=10) as answer:
        return json.load(answer)


def await_health() -> None:
    wait_until(lambda: get("/health") == {"status": "healthy"})


def all_healthy() -> bool:
    return compose("ps").count("(healthy)") == len(compose("ps", "-q").split())


def answers_ten_times() -> bool:
    return all(get("/health") for _ in range(10))


def seed() -> str:
    return compose("exec", "-T", "api", "python", "-m", "app.scripts.seed")


def complete(count: int) -> None:
    """Post the sample event so many times, and wait until each has completed its execution."""
    started = []
    for _ in range(count):
        answer = get("/events", LEAD)
        assert answer["matched"] == 1, answer
        started.append(answer["executions"][0]["id"])
    wait_until(lambda: all(get(f"/executions/{id}")["status"] == "COMPLETED" for id in started))
    taken = [step["node_id"] for step in get(f"/executions/{started[0]}/steps") if step["status"] == "COMPLETED"]
    assert {"start", "notify", "wait", "branch", "gift"} <= set(taken), taken


def run_sample() -> None:
    """Run the shipped definition ``sample``, which asks the demo service four times."""
    (sample,) = [workflow["id"] for workflow in get("/workflows") if workflow["name"] == "sample"]
    id = get(f"/executions/workflows/{sample}/execute", {"parameters": {}})["id"]
    wait_until(lambda: get(f"/executions/{id}")["finished_at"] is not None)
    execution = get(f"/executions/{id}")
    assert execution["status"] == "COMPLETED", execution


def run_dags(count: int) -> None:
    """Submit a fan-out and fan-in so often, then trigger all of them; the services that they ask are simulated."""
    asked = [{"id": id, "handler": "call_external_service", "dependencies": ["input"]} for id in ("user", "posts")]
    for node in asked:
        node["config"] = {"url": f"http://api.example.com/{node['id']}"}
    last = {"id": "output", "handler": "output", "dependencies": ["user", "posts"]}
    dag = {"nodes": [{"id": "input", "handler": "input"}, *asked, last]}
    ids = [get("/v1/workflow", {"name": "check", "dag": dag})["execution_id"] for _ in range(count)]
    for id in ids:
        get(f"/v1/workflow/trigger/{id}", {"input_params": {"user_id": 123}})
    wait_until(lambda: all(get(f"/v1/workflows/{id}/results")["state"] == "COMPLETED" for id in ids))
    for id in ids:
        assert set(get(f"/v1/workflows/{id}/results")["output_data"]) == {"user", "posts"}
        assert [step["node_id"] for step in get(f"/executions/{id}/steps")].count("output") == 1


def apis_asked() -> set[str]:
    """The containers of the service ``api`` that have said that they accepted an event."""
    lines = compose("logs", "--no-color", "api").splitlines()
    return {line.partition("|")[0].strip() for line in lines if "POST /events" in line}


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until it holds; that nobody answers, or with an error, counts as not yet."""
    deadline = time.monotonic() + PATIENCE
    while not holds(condition):
        if time.monotonic() > deadline:
            raise SystemExit("That took too long.")
        time.sleep(0.2)


def holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    main()
