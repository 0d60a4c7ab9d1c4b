"""Errors as HTTP: 503 for those of Postgres that pass, sentences for unknown paths and methods."""

from __future__ import annotations

import asyncio

import psycopg2
import psycopg2.errors
import pytest
import sqlalchemy.exc
from fastapi import Request

from app.api.errors import on_database_error
from app.storage.database import PoolTimeout
from tests.api.client import Api
from tests.storage.test_availability import error_with


def status_of(error: Exception) -> int:
    """The status of the response to a request during which this was raised."""
    request = Request({"type": "http", "method": "GET", "path": "/events", "headers": [], "query_string": b""})
    return asyncio.run(on_database_error(request, error)).status_code


@pytest.mark.parametrize(
    "error",
    [
        psycopg2.OperationalError("server closed the connection unexpectedly"),
        PoolTimeout("QueuePool limit reached"),
        error_with("25006"),
        sqlalchemy.exc.InternalError("SELECT 1", {}, error_with("25P03")),
        sqlalchemy.exc.OperationalError("SELECT 1", {}, error_with("55P03")),
    ],
)
def test_error_that_passes_is_503(error: Exception) -> None:
    assert status_of(error) == 503


@pytest.mark.parametrize("error", [error_with("54000"), sqlalchemy.exc.InternalError("", {}, error_with("XX000"))])
def test_error_that_lasts_is_500(error: Exception) -> None:
    assert status_of(error) == 500


@pytest.mark.parametrize("path", ["/nowhere", "/EVENTS", "//events", "/workflows/a/b/c"])
def test_unknown_path_is_named(api: Api, path: str) -> None:
    answer = api.post(api.url + path, json={})

    assert answer.status_code == 404
    assert answer.json()["detail"] == f"There is no path {path}; GET /openapi.json lists all paths."


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("PATCH", "/workflows/x", "DELETE or GET or PUT"),
        ("DELETE", "/events", "GET or POST"),
        ("POST", "/docs", "GET"),
        ("PUT", "/openapi.json", "GET or HEAD"),
    ],
)
def test_wrong_method_is_told_the_right_ones(api: Api, method: str, path: str, methods: str) -> None:
    answer = api.request(method, path)

    assert answer.status_code == 405
    assert answer.json()["detail"] == f"{method} is not possible at {path}; use {methods}."
    assert answer.headers["Allow"] == methods.replace(" or ", ", ")
