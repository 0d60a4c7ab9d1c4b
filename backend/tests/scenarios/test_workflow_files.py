"""Workflow files are registered once by several processes, and run on the demo service."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine.definitions.registration import register_files
from app.scripts.demo import server
from app.scripts.stack.embedded import Servers
from app.settings import BACKEND, Settings
from app.storage import starting
from app.storage.json_text import JsonText
from app.storage.orm import cursor_of, make_sessions
from tests.scenarios.results import task_results
from tests.scenarios.stack import Stack, registry, stack
from tests.servers import NOWHERE, Databases

REGISTER = """
import sys
from app.engine import handlers
from app.engine.registry import discover
from app.engine.definitions.registration import register_files
from app.settings import load_settings
from app.storage.engine import make_engine
from app.storage.orm import make_sessions
settings = load_settings()
print("ready", flush=True)
sys.stdin.readline()
print(register_files(make_sessions(make_engine(settings)), discover(handlers), settings))
"""


@pytest.fixture
def demo() -> Iterator[str]:
    """The demo service and its URL."""
    with server("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


def test_concurrent_processes_register_each_file_once(database_url: str, tmp_path: Path) -> None:
    for number in range(5):
        definition = f"name: w{number}\ntasks: [{{id: a, activity_type: end}}]\n"
        (tmp_path / f"w{number}.yaml").write_text(definition)
    env = {"DATABASE_URL": database_url, "WORKFLOWS_DIR": str(tmp_path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([sys.executable, "-c", REGISTER], cwd=BACKEND, env=env, **pipes) for _ in range(4)]  # type: ignore[call-overload]
    for process in processes:
        process.stdout.readline()

    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in processes]

    assert all(process.returncode == 0 for process in processes)
    assert [sum(f"'w{n}.yaml': 'new'" in each for each in outputs) for n in range(5)] == [1] * 5
    assert [sum(f"'w{n}.yaml': 'unchanged'" in each for each in outputs) for n in range(5)] == [3] * 5


def test_invalid_file_is_logged_and_skipped(prefork: Stack, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.yaml").write_text("name: a\ntasks: [{id: x, activity_type: nobody_has_this}]")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.yaml").mkdir()
    os.mkfifo(tmp_path / "c2.yaml")
    (tmp_path / "d.yml").write_text("name: shipped-d\ntasks: [{id: x, activity_type: end}]")

    with prefork.engine() as engine:
        became = register_files(make_sessions(engine), registry(), Settings(workflows_dir=str(tmp_path)))

    broken = dict.fromkeys(("a.yaml", "b.yaml", "c.yaml", "c2.yaml"), "broken")
    assert became == {**broken, "d.yml": "new"}
    assert "activity_type nobody_has_this of node x" in caplog.text


def test_worker_logs_what_becomes_of_its_files(servers: Servers, databases: Databases, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("name: good\ntasks: [{id: a, activity_type: end}]\n")
    (tmp_path / "bad.yaml").write_text("name: bad\ntasks: [{id: a, activity_type: nobody_has_this}]\n")

    with stack(servers, databases, tmp_path / "logs", WORKFLOWS_DIR=str(tmp_path)) as opened:
        worker = opened.start_worker()

    (good,), (bad,) = (worker.logged_lines(f"{name}.yaml is ") for name in ("good", "bad"))
    assert "INFO" in good
    assert good.endswith("is registered as good (new).")
    assert "ERROR" in bad
    assert "activity_type nobody_has_this of node a" in bad


def test_first_of_two_files_with_one_name_wins(
    prefork: Stack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "f.yaml").write_text("name: shipped-f\ntasks: [{id: x, activity_type: end}]")
    (tmp_path / "g.yaml").write_text("name: shipped-f\ntasks: [{id: y, activity_type: end}]")

    with prefork.engine() as engine:
        became = [
            register_files(make_sessions(engine), registry(), Settings(workflows_dir=str(tmp_path))) for _ in range(2)
        ]

    assert became == [{"f.yaml": "new", "g.yaml": "broken"}, {"f.yaml": "unchanged", "g.yaml": "broken"}]
    assert "The name shipped-f is already used by " in caplog.text


def test_one_and_true_are_not_the_same_definition(prefork: Stack, tmp_path: Path) -> None:
    became = []
    for value in ("1", "true", "true"):
        text = f"name: shipped-e\ntasks: [{{id: x, activity_type: end, config: {{note: {value}}}}}]"
        (tmp_path / "e.yaml").write_text(text)
        with prefork.engine() as engine:
            became += register_files(make_sessions(engine), registry(), Settings(workflows_dir=str(tmp_path))).values()

    assert became == ["new", "updated", "unchanged"]


def test_missing_workflow_folder_is_logged(prefork: Stack, caplog: pytest.LogCaptureFixture) -> None:
    with prefork.engine() as engine:
        assert register_files(make_sessions(engine), registry(), Settings(workflows_dir=NOWHERE)) == {}

    reason = "there is no such folder; create it, or name another."
    assert f"WORKFLOWS_DIR={NOWHERE} is not registered: {reason}" in caplog.messages


def test_sample_runs_on_the_demo_service(prefork: Stack, demo: str) -> None:
    with prefork.engine() as engine, make_sessions(engine)() as session, session.begin():
        became = register_files(make_sessions(engine), registry(), Settings(demo_url=demo))
        (workflow,) = prefork.rows("SELECT id, version FROM workflows WHERE name = 'sample' AND deleted_at IS NULL")
        created = starting.create_execution(cursor_of(session), workflow, JsonText('{"report_to": "ops"}'), grace=60)
    assert created is not None
    prefork.wake(created.id)

    assert became["sample.yaml"] == "new"
    assert prefork.finish(created.id).status == "COMPLETED"
    results = task_results(prefork, created.id)["task_results"]
    assert results["validate"]["body"] == {"valid": True, "orders_without_customer": []}
    assert results["transform"] == {"customers": 2, "products": 2, "revenue": 140.0}
    assert results["notify"] == {"notified": "ops", "message": "2 customers, revenue 140"}
