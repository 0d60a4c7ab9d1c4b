"""API processes on the test's database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.settings import Settings
from tests.api.client import Api, running_api


@pytest.fixture
def start_api(settings: Settings) -> Iterator[Callable[[], Api]]:
    """Start one more API process (here, a thread) on the test's database."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(running_api(settings))


@pytest.fixture
def api(start_api: Callable[[], Api]) -> Api:
    return start_api()
