"""Every route, without credentials and with each scope alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from app.access.scopes import Scope, covers, requirements_in
from app.setting_values import SCOPES
from tests.api.access.conftest import MakeKey, with_key
from tests.api.access.test_bound_keys import READS
from tests.api.client import Api

NOBODY = "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30"
#: Routes that check what they are sent, and refuse it themselves.
CHECKS_ITSELF = {("POST", "/session"), ("GET", "/session/callback")}


def operations(api: Api) -> Iterator[tuple[str, str, list[Any]]]:
    """Method, path and requirements of every route that declares some."""
    assert api.app is not None
    for route in iter_route_contexts(api.app.routes):
        needed = list(requirements_in(getattr(route, "dependencies", ())))
        if needed:
            yield from ((method, str(route.path), needed) for method in sorted(route.methods or ()))


def ask(client: Api, method: str, path: str) -> Any:
    filled = re.sub(r"\{node_id:path\}", "note", path)
    filled = re.sub(r"\{token\}", "none", filled)
    body = {} if method in ("POST", "PUT") else None
    return client.request(method, re.sub(r"\{\w+\}", NOBODY, filled), json=body, allow_redirects=False)


def test_no_route_is_reached_without_credentials(anonymous: Api) -> None:
    reached = {
        (method, path)
        for method, path, _ in operations(anonymous)
        if ask(anonymous, method, path).status_code != 401 or (method, path) in CHECKS_ITSELF
    }

    assert reached == {
        *(("GET", path) for path in ("/", "/health", "/v1/health", "/session", "/session/login", "/session/callback")),
        *(("GET", "/approvals/links/{token}"), ("POST", "/approvals/links/{token}")),
        *(("POST", "/session"), ("DELETE", "/session"), ("OPTIONS", "/events")),
        # A hook verifies what it is sent; the one that is asked here does not exist.
        *((method, "/hooks/{name}") for method in ("POST", "OPTIONS")),
    }


@pytest.mark.parametrize("scope", list(Scope), ids=lambda scope: scope.value)
def test_route_is_reached_only_with_its_scope(anonymous: Api, make_key: MakeKey, scope: Scope) -> None:
    client = with_key(anonymous, make_key(scope.value)["key"])
    wrong = []
    for method, path, needed in operations(anonymous):
        if any(each.is_open for each in needed):
            continue
        may = all(not each.scopes or any(covers(scope, one) for one in each.scopes) for each in needed)
        status = ask(client, method, path).status_code
        if (status in (401, 403)) == may or status >= 500:
            wrong.append((method, path, status))

    assert wrong == []


def test_every_route_with_an_id_is_tried_with_a_bound_key(anonymous: Api) -> None:
    kinds = r"\{(workflow|execution|other|approval|backtest)_id\}"
    tried = {(method, re.sub(r"\{\w+\}", "{}", path.partition("?")[0])) for method, path, _ in READS}

    tried = {(method, re.sub(r"/versions/1\b", "/versions/{}", path)) for method, path in tried}
    routes = {
        (method, re.sub(r"\{[\w:]+\}", "{}", path.replace("{node_id:path}", "note")))
        for method, path, _ in operations(anonymous)
        if re.search(kinds, path)
    }

    assert routes - tried == set()


def test_settings_know_every_scope() -> None:
    assert set(SCOPES) == {scope.value for scope in Scope}
