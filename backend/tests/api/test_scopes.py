"""Every route declares its scopes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.access.scopes import requirements_in
from app.api.app import DOCS_FILES, create_app
from app.settings import Settings
from tests.api.client import make_app_context

#: The pages of the documentation, and the studio's, which asks the API for all data; they show none.
PAGES = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", DOCS_FILES, "/studio"}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    settings = Settings(database_url="postgresql://localhost/none")
    return create_app(make_app_context(settings, lambda wake_ups: None, lambda: None, lambda: True))


def routes_of(app: FastAPI) -> Iterator[Any]:
    """Every route, with the dependencies of the routers that include it."""
    yield from iter_route_contexts(app.routes)


def test_every_route_declares_its_scopes(app: FastAPI) -> None:
    silent = [route.path for route in routes_of(app) if not requirements_in(getattr(route, "dependencies", ()))]

    assert set(silent) == PAGES
