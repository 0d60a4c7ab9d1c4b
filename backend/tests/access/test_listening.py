"""The API does not start at an address that other machines reach while AUTH is off."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.access.listening import describe_open_door, find_host
from app.settings import BACKEND


@pytest.mark.parametrize(
    ("arguments", "environment", "host"),
    [
        (["/venv/bin/uvicorn", "app.main:app"], {}, None),
        (["/venv/bin/uvicorn", "app.main:app", "--host", "0.0.0.0"], {}, "0.0.0.0"),
        (["/venv/bin/uvicorn", "--host=::", "app.main:app"], {"UVICORN_HOST": "127.0.0.1"}, "::"),
        (["/venv/lib/uvicorn/__main__.py", "app.main:app"], {"UVICORN_HOST": "0.0.0.0"}, "0.0.0.0"),
        (["/venv/bin/pytest", "--host", "0.0.0.0"], {}, None),
        ([], {}, None),
    ],
)
def test_host_is_found_in_command_line(arguments: list[str], environment: dict[str, str], host: str | None) -> None:
    assert find_host(arguments, environment) == host


def test_open_api_without_authentication_does_not_start() -> None:
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "0"]

    ended = subprocess.run(command, cwd=BACKEND, env={**os.environ, "AUTH": "off"}, capture_output=True, text=True)

    assert ended.returncode == 1
    assert ended.stderr == f"Trigraph cannot start: {describe_open_door('0.0.0.0')}.\n"
    assert describe_open_door("0.0.0.0") == (
        "HOST=0.0.0.0 opens the API to the network, and AUTH=off lets everybody who reaches it do everything. Set"
        " AUTH=keys and make the first key with `trigraph keys create --admin`, or set HOST=127.0.0.1"
    )
