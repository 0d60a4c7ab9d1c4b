"""A worker imports what it needs, and its processes share what they would else make for themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode

import pytest

from app.scripts.worker import main
from app.settings import BACKEND

PREPARE = """
import sys
import app.scripts.worker, celery.apps.worker, app.engine.orchestrator
from app.engine.process.worker_life import _share_memory
_share_memory()
from celery import platforms
platforms.set_pdeathsig("SIGKILL")
print(*sorted(sys.modules.keys() & set(sys.argv)))
"""
UNUSED = ("prompt_toolkit", "click_repl", "alembic", "pycparser")


def find_imported(*packages: str, **env: str) -> str:
    """Those of these packages that a worker with this environment has imported before it makes its pool."""
    command = [sys.executable, "-c", PREPARE, *packages]
    return subprocess.check_output(command, cwd=BACKEND, env={**os.environ, **env}, text=True).strip()


def test_worker_imports_what_publishes_before_its_pool() -> None:
    assert find_imported("app.engine.process.broker_client", "redis") == "app.engine.process.broker_client redis"


def test_worker_imports_http_client_and_neither_shell_nor_parser() -> None:
    assert find_imported(*UNUSED, "aiohttp", "apprise", "cryptography.hazmat") == "aiohttp"


def test_worker_imports_what_its_settings_need_before_its_pool() -> None:
    settings = {"NOTIFICATION_CHANNELS": "ops=json://127.0.0.1:9/", "SECRETS_KEY": b64encode(bytes(32)).decode()}

    assert (
        find_imported("apprise", "cryptography.hazmat", "requests", **settings)
        == "apprise cryptography.hazmat requests"
    )


def test_unknown_pool_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--pool", "gevent"])

    assert "choose from" in capsys.readouterr().err
