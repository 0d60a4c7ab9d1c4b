"""A request, and what came back; the modules that send one import the HTTP client, which takes 6 MB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.engine.services.http.authorization import Authorization


@dataclass(frozen=True)
class Request:
    """What is sent."""

    method: str
    #: As its author wrote it; messages name it.
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    #: Seconds to wait for the connection, the lookup of its host included, and for each part of the answer.
    timeout: float = 30.0
    #: False: the answer with the redirect is the result.
    follow_redirects: bool = True
    #: Adds a header, here and where a redirect stays at this host.
    authorization: Authorization | None = None


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status_code: int
    #: Text by name; several ``Set-Cookie`` are a list.
    headers: Mapping[str, Any]
    text: str


class Receipt(NamedTuple):
    """What a receiver of a message answered."""

    status: int
    #: The beginning of its body.
    text: str
    #: Where it redirects to, if it does.
    location: str | None
