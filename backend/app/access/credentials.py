"""The credentials of a request: a bearer token, a key, or the cookie of a session."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from app.access.keys import START
from app.errors import Forbidden

COOKIE = "trigraph_session"
#: The headers that may have credentials.
HEADERS = frozenset({b"authorization", b"x-api-key", b"cookie"})
#: Methods that change nothing.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Credentials(NamedTuple):
    """One of these is set."""

    #: An API key, or what looks like one.
    key: str = ""
    #: A token of the OpenID provider.
    token: str = ""
    #: The value of the cookie.
    session: str = ""


def find_authorization(request: HTTPConnection) -> bytes | None:
    """The first ``Authorization`` of a request, as it was sent; None: it has none."""
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            return bytes(value)
    return None


def is_bearer(header: bytes, key: str) -> bool:
    """True if this ``Authorization`` has this key, and not one of another header beside it."""
    return header[:7].lower() == b"bearer " and header[7:].strip().decode("latin-1") == key != ""


def read_credentials(request: HTTPConnection) -> Credentials | None:
    """
    The credentials of a request; None: it has none.

    ``Authorization: Bearer`` wins over ``X-API-Key``, and both over the cookie. Another scheme of ``Authorization``,
    as for a proxy in front, does not count.
    """
    given: dict[bytes, str] = {}
    # The first of several counts. Each lookup by name would go through all headers again.
    for name, text in request.scope["headers"]:
        if name in HEADERS and name not in given:
            given[name] = text.decode("latin-1")
    scheme, _, value = given.get(b"authorization", "").partition(" ")
    if scheme.lower() == "bearer" and (value := value.strip()):
        return Credentials(key=value) if value.startswith(START) else Credentials(token=value)
    if key := given.get(b"x-api-key", "").strip():
        return Credentials(key=key)
    if b"cookie" in given and (session := request.cookies.get(COOKIE)):
        return Credentials(session=session)
    return None


def require_same_site(request: HTTPConnection, method: str, origins: frozenset[str]) -> None:
    """
    Raise Forbidden if a write with a cookie may come from a page of another site.

    A browser sends the cookie by itself, so the page that had it sent must be one of this API, or of ``CORS_ORIGINS``
    by name; ``*`` does not count here. A write that says nothing of its origin is refused as well.
    """
    if method in SAFE_METHODS:
        return
    headers = request.headers
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is None:
        is_own = site == "same-origin"
    else:
        is_own = origin in origins or urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    if not is_own:
        raise Forbidden(
            f"A write with the cookie of a session must come from a page of this API, not from {origin or 'elsewhere'};"
            " programs send a key instead."
        )
