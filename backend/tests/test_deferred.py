"""Modules that are imported when they are first used: no process has them that does not need them."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.deferred import Deferred
from app.settings import BACKEND

#: Packages that a process has not imported once it has imported what it starts with. The client of Redis imports the
#: outermost module of ``cryptography``, which is empty.
NOT_IMPORTED = {
    "app.main": (
        *("aiohttp", "alembic", "apprise", "cryptography.hazmat", "jinja2", "jwt", "limits", "pycparser"),
        *("amqp", "billiard", "celery", "cffi", "dateutil", "kombu", "vine"),
    ),
    "app.engine.orchestrator": ("alembic", "apprise", "app.why", "celery", "cryptography.hazmat", "fastapi", "kombu"),
    "app.engine.process.tasks": ("alembic", "apprise", "app.why", "cryptography.hazmat", "fastapi", "pycparser"),
    # What a worker imports beside the tasks when it starts.
    "app.engine.process.worker_life": ("sqlalchemy",),
    "app.why.backtest.work": ("sqlalchemy",),
}


@pytest.mark.parametrize("module", NOT_IMPORTED)
def test_start_imports_no_deferred_package(module: str) -> None:
    code = f"import sys, {module}; print(sorted(sys.modules.keys() & set(sys.argv)))"

    printed = subprocess.check_output([sys.executable, "-c", code, *NOT_IMPORTED[module]], cwd=BACKEND, text=True)

    assert printed == "[]\n"


def test_module_is_imported_once_by_threads_that_use_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deferred_example.py").write_text("import time\ntime.sleep(0.2)\nvalue = object()\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = Deferred("deferred_example")
    assert "deferred_example" not in sys.modules
    found: list[object] = []

    threads = [threading.Thread(target=lambda: found.append(module.value)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [sys.modules["deferred_example"].value] * 4
