"""Errors as HTTP responses: one table."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import psycopg2
import sqlalchemy.exc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.routing import compile_path

from app.api.http.responses import respond
from app.errors import (
    Conflict,
    DeliveryRefused,
    Forbidden,
    InvalidDag,
    InvalidDefinition,
    InvalidInput,
    InvalidParameters,
    InvalidRule,
    MissingScope,
    NotFound,
    Stale,
    TooLarge,
    TooManyRequests,
    TooSlow,
    TrigraphError,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from app.graph.names import quote
from app.storage.availability import is_passing

log = logging.getLogger(__name__)

#: The status of each error; a subclass without its own has that of its parent.
STATUS: dict[type[TrigraphError], int] = {
    InvalidDefinition: 422,
    InvalidDag: 400,
    InvalidInput: 422,
    InvalidRule: 422,
    TooLarge: 413,
    TooSlow: 408,
    UnsupportedMedia: 415,
    DeliveryRefused: 401,
    Unauthenticated: 401,
    MissingScope: 403,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Stale: 412,
    TooManyRequests: 429,
    Unavailable: 503,
    TrigraphError: 500,
}
#: Raised by Postgres, by a connection or by the pool; ``is_passing`` finds those that a later request may not meet.
DATABASE_ERRORS = (psycopg2.Error, sqlalchemy.exc.DBAPIError)
#: Raised if Postgres cannot hold a value, for example a number past its column.
UNFIT = (psycopg2.DataError, sqlalchemy.exc.DataError)
#: Characters of a path that a message shows.
LONGEST_PATH = 200
CHALLENGE = 'Bearer realm="Trigraph"'
UNAVAILABLE = "The database is not available; try again soon."


def install(app: FastAPI) -> None:
    """Have the app respond to errors with this table."""
    app.add_exception_handler(TrigraphError, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    for kind in DATABASE_ERRORS:
        app.add_exception_handler(kind, on_database_error)
    app.add_exception_handler(404, on_unknown_path)
    app.add_exception_handler(405, on_wrong_method)
    app.add_exception_handler(Exception, on_bug)


async def on_error(request: Request, error: Exception) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if isinstance(error, (InvalidDefinition, InvalidParameters)):
        return respond({"detail": [problem.as_dict() for problem in error.problems]}, status)
    return respond({"detail": str(error)}, status, headers_of(error))


def headers_of(error: Exception) -> dict[str, str] | None:
    """The headers that tell programs what the message tells people; those of RFC 6750 for access."""
    match error:
        case UnsupportedMedia():
            return error.headers
        case Unauthenticated():
            return {"WWW-Authenticate": CHALLENGE + (', error="invalid_token"' if error.has_credentials else "")}
        case MissingScope():
            scopes = " ".join(error.scopes)
            return {"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scopes}"'}
        case TooManyRequests():
            return {"Retry-After": str(error.seconds)}
    return None


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """FastAPI's own shape without the input: it may be large, and its sender has it."""
    assert isinstance(error, RequestValidationError)
    kept = [{"type": problem["type"], "loc": problem["loc"], "msg": describe(problem)} for problem in error.errors()]
    return respond({"detail": kept}, 422)


def describe(problem: Mapping[str, Any]) -> str:
    """The sentence of a problem; pydantic's own about an unknown key names neither the key nor a remedy."""
    if problem["type"] == "extra_forbidden" and problem["loc"][0] == "body":
        return f"The key {quote(problem['loc'][-1])} is unknown; GET /openapi.json lists the keys of each body."
    return str(problem["msg"])


async def on_wrong_method(request: Request, error: Exception) -> Response:
    """405 with every method of the path; the router names those of one route only."""
    known = (getattr(error, "headers", None) or {}).get("Allow", "GET")
    methods = allowed_methods(request.app, request.scope["path"]) or sorted(known.split(", "))
    message = f"{request.method} is not possible at {shown_path(request)}; use {' or '.join(methods)}."
    return respond({"detail": message}, 405, {"Allow": ", ".join(methods)})


async def on_unknown_path(request: Request, error: Exception) -> Response:
    """404 for a path that the API does not have."""
    return respond({"detail": f"There is no path {shown_path(request)}; GET /openapi.json lists all paths."}, 404)


def shown_path(request: Request) -> str:
    path: str = request.scope["path"]
    return path if len(path) <= LONGEST_PATH else f"{path[: LONGEST_PATH - 1]}…"


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """The documented methods of a path; a path without parameters has its own methods only."""
    operations: frozenset[tuple[str, str]] = app.state.operations
    paths = {known for known, _ in operations}
    fitting = {path} if path in paths else {known for known in paths if compile_path(known)[0].match(path)}
    return sorted({method for known, method in operations if known in fitting})


async def on_database_error(request: Request, error: Exception) -> Response:
    where = f"{request.method} {request.url.path}"
    if is_passing(error):
        log.warning("%s: Postgres is not available (%s); responded with 503", where, error)
        return respond({"detail": UNAVAILABLE}, 503, {"Retry-After": "1"})
    if isinstance(error, UNFIT):
        log.warning("%s: Postgres refused a value (%s); responded with 422", where, error)
        return respond({"detail": "A value in the request cannot be stored."}, 422)
    log.error("%s: Postgres refused a statement; responded with 500", where, exc_info=error)
    return await on_bug(request, error)


async def on_bug(request: Request, error: Exception) -> Response:
    """The server logs the traceback, after this response."""
    return respond({"detail": f"Internal error ({type(error).__name__}); the log of the API has the traceback."}, 500)
