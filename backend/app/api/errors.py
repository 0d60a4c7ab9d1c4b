"""Errors as HTTP responses: one table."""

from __future__ import annotations

import logging

import psycopg2
import sqlalchemy.exc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from app.api.http.responses import respond
from app.errors import (
    Conflict,
    Forbidden,
    InvalidDag,
    InvalidDefinition,
    InvalidInput,
    InvalidParameters,
    InvalidRule,
    NotFound,
    Stale,
    TooLarge,
    TooSlow,
    TrigraphError,
    UnsupportedMedia,
)
from app.storage.availability import DISCONNECTED, is_passing

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
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Stale: 412,
    TrigraphError: 500,
}
#: Raised where Postgres cannot hold a value, for example a number past its column.
UNFIT = (psycopg2.DataError, sqlalchemy.exc.DataError)


def install(app: FastAPI) -> None:
    """Have the app respond to errors with this table."""
    app.add_exception_handler(TrigraphError, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    for unavailable in DISCONNECTED:
        app.add_exception_handler(unavailable, on_unavailable)
    for unfit in UNFIT:
        app.add_exception_handler(unfit, on_unfit)
    app.add_exception_handler(Exception, on_bug)


async def on_error(request: Request, error: Exception) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if isinstance(error, (InvalidDefinition, InvalidParameters)):
        return respond({"detail": [problem.as_dict() for problem in error.problems]}, status)
    headers = error.headers if isinstance(error, UnsupportedMedia) else None
    return respond({"detail": str(error)}, status, headers)


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """FastAPI's own shape without the input: it may be large, and its sender has it."""
    assert isinstance(error, RequestValidationError)
    kept = [{key: problem[key] for key in ("type", "loc", "msg")} for problem in error.errors()]
    return respond({"detail": kept}, 422)


async def on_unavailable(request: Request, error: Exception) -> Response:
    """503 while Postgres cannot be reached, restarts, refuses writes, or has no connection left."""
    if not is_passing(error):
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return await on_bug(request, error)
    log.warning("%s %s: Postgres is not available (%s); answered 503", request.method, request.url.path, error)
    return respond({"detail": "The database is not available; try again soon."}, 503, {"Retry-After": "1"})


async def on_unfit(request: Request, error: Exception) -> Response:
    log.warning("%s %s: Postgres refused a value (%s); answered 422", request.method, request.url.path, error)
    return respond({"detail": "A value in the request cannot be stored."}, 422)


async def on_bug(request: Request, error: Exception) -> Response:
    """The server logs the traceback, after this response."""
    return respond({"detail": f"Internal error ({type(error).__name__}); the log of the API has the traceback."}, 500)
