"""API processes on the test's database; most tests use the same one, because making one costs half a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.settings import Settings
from tests.api.client import Api, running_api
from tests.api.hooks import Hooked, settings_with_key
from tests.servers import NOWHERE, Databases, empty


@pytest.fixture(scope="session")
def api_database_url(databases: Databases) -> Iterator[str]:
    """The database of the shared API process."""
    with databases.lend() as url:
        yield url


@pytest.fixture(scope="session")
def shared_api(api_database_url: str) -> Iterator[Api]:
    """The API process (here, a thread) that tests share."""
    with running_api(Settings(database_url=api_database_url, workflows_dir=NOWHERE)) as api:
        yield api


@pytest.fixture(scope="session")
def hooked(databases: Databases) -> Iterator[Hooked]:
    """An API that has a key for secrets, with a database of its own that keeps its rows."""
    with databases.lend() as url, running_api(settings_with_key(url)) as api:
        yield Hooked(api)


@pytest.fixture
def database_url(api_database_url: str) -> str:
    """The database of the shared API process, without rows."""
    empty(api_database_url)
    return api_database_url


@pytest.fixture
def api(shared_api: Api, database_url: str) -> Iterator[Api]:
    """A client of the shared API process, which knows no workflow yet."""
    with shared_api.renew() as client:
        yield client


@pytest.fixture
def start_api(settings: Settings) -> Iterator[Callable[[], Api]]:
    """Start one more API process on the test's database."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(running_api(settings))
