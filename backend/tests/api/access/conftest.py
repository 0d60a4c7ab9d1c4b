"""An API with ``AUTH=keys`` on a database of its own, and clients of it with a key each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.settings import Settings
from tests.api.client import Api, running_api
from tests.servers import NOWHERE, Databases

ADMIN_KEY = "tg_" + "0123456789" * 5
MakeKey = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def guarded_database_url(databases: Databases) -> Iterator[str]:
    with databases.lend() as url:
        yield url


@pytest.fixture(scope="session")
def anonymous(guarded_database_url: str) -> Iterator[Api]:
    """A client without credentials."""
    given = {"auth": "keys", "admin_key": ADMIN_KEY, "approval_secret": "a key of the tests"}
    with running_api(Settings(database_url=guarded_database_url, workflows_dir=NOWHERE, **given)) as api:
        yield api


@pytest.fixture(scope="session")
def admin(anonymous: Api) -> Api:
    """A client with ADMIN_KEY."""
    return with_key(anonymous, ADMIN_KEY)


@pytest.fixture(scope="session")
def make_key(admin: Api) -> MakeKey:
    """Make a key with these scopes; its whole response."""

    def make(*scopes: str, **body: Any) -> dict[str, Any]:
        response = admin.post("/keys", json={"name": "ci", "scopes": list(scopes), **body})
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    return make


@pytest.fixture
def client_with(anonymous: Api, make_key: MakeKey) -> Callable[..., Api]:
    """A client with a new key of these scopes."""
    return lambda *scopes, **body: with_key(anonymous, make_key(*scopes, **body)["key"])


def with_key(api: Api, key: str) -> Api:
    client = Api(api.url, api.woken, api.app)
    client.headers["Authorization"] = f"Bearer {key}"
    return client
