"""The OpenAPI document: an example for every body and response, and the errors of every operation."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI, Request
from starlette.routing import Route

from app.api import openapi
from app.api.app import create_app
from app.api.openapi import operations_of
from app.settings import Settings
from tests.api.client import make_app_context
from tests.api.hooks import SECRETS_KEY


def make_app(**settings: Any) -> FastAPI:
    """An app that is not started."""
    given = Settings(database_url="postgresql://localhost/none", **settings)
    return create_app(make_app_context(given, lambda wake_ups: None, lambda: None, lambda: True))


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(json.dumps(make_app().openapi()))


#: Operations that are open, and check what they are sent.
CHECKS_ITSELF = {("post", "/session"), ("get", "/session/callback"), ("post", "/hooks/{name}")}


def media_of(document: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Each body and each response of each operation, with its media type."""
    found = []
    for path, method, operation in operations_of(document):
        bodies = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for name, body in bodies.items():
            for kind, media in body.get("content", {}).items():
                found.append((f"{method.upper()} {path} {name}", kind, media))
    return found


def test_document_does_not_depend_on_settings(document: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "_made", [])
    keyed = make_app(secrets_key=SECRETS_KEY, approval_secret="k" * 16, auth="keys", allowed_hosts="flows.example.com")

    assert json.loads(json.dumps(keyed.openapi())) == document


def test_document_is_made_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "_made", [])

    app = make_app()

    assert openapi._made == []
    assert app.openapi()["info"]["title"] == "Trigraph"
    assert len(openapi._made) == 1


def test_document_names_the_path_of_a_proxy() -> None:
    app = make_app()
    (route,) = [route for route in app.routes if isinstance(route, Route) and route.path == app.openapi_url]

    answer = route.endpoint(Request({"type": "http", "root_path": "/flows/"}))

    assert json.loads(answer.body) == {**app.openapi(), "servers": [{"url": "/flows"}]}


def test_operations_are_known_without_the_document(document: Any) -> None:
    documented = {(path, method.upper()) for path, method, _ in operations_of(document)}

    assert make_app().state.operations == documented


def test_every_body_and_response_has_an_example(document: Any) -> None:
    missing = [name for name, kind, media in media_of(document) if kind != "text/html" and "example" not in media]

    assert missing == []


def test_examples_fit_their_schemas(document: Any) -> None:
    wrong = []
    for name, kind, media in media_of(document):
        if kind == "text/html":
            continue
        schema = {**media["schema"], "components": document["components"]}
        try:
            jsonschema_rs.Draft202012Validator(schema).validate(media["example"])
        except jsonschema_rs.ValidationError as error:
            wrong.append(f"{name}: {error.message}")

    assert wrong == []


def test_errors_follow_from_the_operation(document: Any) -> None:
    for path, method, operation in operations_of(document):
        responses = set(operation["responses"])
        assert {"421", "422", "500"} <= responses, path
        needs_scope = any(any(scopes.values()) for scopes in operation["security"])
        assert ("401" in responses) == (bool(operation["security"]) or (method, path) in CHECKS_ITSELF), path
        assert ("403" in responses) == (method != "get" or needs_scope), path
        if "requestBody" in operation:
            assert {"408", "413", "415"} <= responses, path
        creates_what_is_missing = method == "put" and "201" in responses
        if "{" in path and not creates_what_is_missing:
            assert "404" in responses, path


def test_every_operation_has_a_summary(document: Any) -> None:
    assert [path for path, _, operation in operations_of(document) if not operation.get("description")] == []
