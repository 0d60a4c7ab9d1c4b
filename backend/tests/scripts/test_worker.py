"""A worker imports what it needs, and its processes share what they would else make for themselves."""

from __future__ import annotations

import subprocess
import sys

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
watched = {"prompt_toolkit", "click_repl", "alembic", "pycparser", "aiohttp"}
print(sorted({name.partition(".")[0] for name in sys.modules} & watched))
"""


def test_worker_imports_http_client_and_neither_shell_nor_parser() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", PREPARE], cwd=BACKEND, stdout=subprocess.PIPE, text=True, check=True
    )

    assert printed.stdout == "['aiohttp']\n"


def test_unknown_pool_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--pool", "gevent"])

    assert "choose from" in capsys.readouterr().err
