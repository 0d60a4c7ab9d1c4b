"""Failures of a call in words that name no class of a library."""

from __future__ import annotations

import asyncio

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientPayloadError,
    ClientResponseError,
    ClientSSLError,
    ConnectionTimeoutError,
    ServerDisconnectedError,
)


def describe_failure(error: Exception, *, timeout: float) -> tuple[str, str]:
    """The kind of a failure, and its reason as a sentence; ``timeout`` is the one of the request, in seconds."""
    if isinstance(error, ConnectionTimeoutError):
        return "ConnectTimeout", f"no connection was made within {timeout:g} s."
    if isinstance(error, asyncio.TimeoutError):
        return "ReadTimeout", f"no answer came within {timeout:g} s."
    if isinstance(error, ClientConnectorDNSError):
        return "ConnectionError", f"its host cannot be resolved ({error.os_error.strerror or 'not a name'})."
    if isinstance(error, ClientSSLError):
        return "SSLError", f"{_first_line(error.os_error)}."
    if isinstance(error, ClientConnectorError):
        return "ConnectionError", f"its host does not answer: {_first_line(error.os_error)}."
    if isinstance(error, ServerDisconnectedError):
        return "ConnectionError", "the connection was closed before an answer came."
    if isinstance(error, ClientPayloadError):
        return "ChunkedEncodingError", f"the answer broke off: {_first_line(error)}."
    if isinstance(error, ClientResponseError):
        return "ConnectionError", f"the answer is not valid HTTP: {_first_line(error.message)}."
    return "ConnectionError", f"the connection broke off: {_first_line(error)}."


def _first_line(error: object) -> str:
    """The words of an error; the parser of answers adds lines that show where in the bytes it is."""
    return str(error).strip().partition("\n")[0].rstrip(".: ") or type(error).__name__
