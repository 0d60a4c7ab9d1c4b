"""Tokens of OAuth 2 by client credentials (RFC 6749, 4.4): fetched once for many calls, and before they expire."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

from app.deferred import Deferred
from app.engine.services.http.authorization import basic
from app.engine.services.http.body import FORM
from app.engine.services.http.exchange import Answer, Request
from app.engine.services.http.guard import Guard
from app.errors import StepFailed
from app.storage.json_text import loads

if TYPE_CHECKING:
    from app.engine.services.http import client as http_client
else:
    http_client = Deferred("app.engine.services.http.client")

#: Seconds to wait for the token endpoint.
FETCH_TIMEOUT = 30.0
#: Seconds for which a token is used whose endpoint does not say how long it is valid.
DEFAULT_LIFE = 300.0
#: Seconds before its end at which a token is fetched again; for a short one, this part of its life.
EARLY, EARLY_PART = 60.0, 0.25
#: Seconds; no token is used for longer.
LONGEST_LIFE = 86_400.0
#: Characters of the shortest and of the longest token.
SHORTEST, LONGEST = 4, 16_384
#: Statuses after which a later request may succeed, beside 500 and more.
PASSING = (408, 425, 429)
_TOKEN = re.compile(rf"[\x21-\x7e]{{{SHORTEST},{LONGEST}}}")
_CODE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class OAuthClient:
    """A client, and the endpoint that gives it tokens."""

    #: The name of the credential, for messages.
    credential: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    audience: str | None = None
    #: ``basic``: id and secret are sent as a header; ``body``: in the form.
    client_auth: str = "basic"


@dataclass(frozen=True)
class Token:
    """An access token. Times are of the monotonic clock."""

    value: str = field(repr=False)
    #: When another one is fetched, and when this one must not be used any more.
    refresh_at: float
    expires_at: float
    #: The token before it, which a host may still send back.
    former: str | None = field(default=None, repr=False)


class TokenCache:
    """The tokens of one process. Used on event loops only; calls that need the same token share one request."""

    def __init__(self) -> None:
        self._tokens: dict[OAuthClient, Token] = {}
        self._fetches: dict[tuple[asyncio.AbstractEventLoop, OAuthClient], asyncio.Future[Token]] = {}

    async def get(self, client: OAuthClient, guard: Guard) -> Token:
        """
        A token that is valid for a while.

        Raises StepFailed if there is none; one that could not be fetched early does not matter while the old one lasts.
        """
        token = self._tokens.get(client)
        if token is not None and monotonic() < token.refresh_at:
            return token
        try:
            return await self._fetch_shared(client, guard)
        except StepFailed:
            if token is not None and monotonic() < token.expires_at and self._tokens.get(client) is token:
                return token
            raise

    def drop(self, client: OAuthClient, value: str) -> None:
        """Forget a token that a host refused, unless it was replaced meanwhile."""
        token = self._tokens.get(client)
        if token is not None and token.value == value:
            self._tokens[client] = Token("", 0.0, 0.0, former=value)

    async def _fetch_shared(self, client: OAuthClient, guard: Guard) -> Token:
        key = (asyncio.get_running_loop(), client)
        running = self._fetches.get(key)
        if running is None:
            running = self._fetches[key] = asyncio.ensure_future(self._fetch(client, guard))
            running.add_done_callback(lambda done: self._end_fetch(key, done))
        return await asyncio.shield(running)

    def _end_fetch(self, key: tuple[asyncio.AbstractEventLoop, OAuthClient], done: asyncio.Future[Token]) -> None:
        del self._fetches[key]
        if not done.cancelled():
            done.exception()  # So that a failure for which nobody waits any more is not logged.

    async def _fetch(self, client: OAuthClient, guard: Guard) -> Token:
        try:
            answer = await http_client.send_request(build_token_request(client), guard)
            value, life = read_token(answer)
        except StepFailed as error:
            message = f"The credential {client.credential} got no token: {error}"
            raise StepFailed(message, kind=error.kind, retry=error.retry) from None
        now, before = monotonic(), self._tokens.get(client)
        former = None if before is None else before.value or before.former
        token = Token(value, now + life - min(EARLY, life * EARLY_PART), now + life, former)
        self._tokens = {known: kept for known, kept in self._tokens.items() if kept.expires_at > now}
        self._tokens[client] = token
        return token


def build_token_request(client: OAuthClient) -> Request:
    headers = {"Accept": "application/json", "Content-Type": FORM}
    form = {"grant_type": "client_credentials", "scope": client.scope, "audience": client.audience}
    if client.client_auth == "basic":
        headers["Authorization"] = basic(f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}")
    else:
        form |= {"client_id": client.client_id, "client_secret": client.client_secret}
    body = urlencode({name: value for name, value in form.items() if value is not None}).encode("ascii")
    return Request("POST", client.token_url, headers, body, FETCH_TIMEOUT, follow_redirects=False)


def read_token(answer: Answer) -> tuple[str, float]:
    """
    The token in an answer, and the seconds for which it is valid.

    Raises StepFailed, whose message has nothing of the answer but the code of its error.
    """
    found = _parse_object(answer.text)
    if answer.status_code != 200:
        code = found.get("error")
        shown = f" ({code})" if isinstance(code, str) and _CODE.fullmatch(code) else ""
        may_pass = answer.status_code >= 500 or answer.status_code in PASSING
        raise StepFailed(f"its endpoint answered {answer.status_code}{shown}.", kind="TokenRefused", retry=may_pass)
    value = found.get("access_token")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise StepFailed("the answer of its endpoint has no access_token that can be sent.", kind="TokenRefused")
    if str(found.get("token_type") or "bearer").lower() != "bearer":
        raise StepFailed("the answer of its endpoint has a token_type other than Bearer.", kind="TokenRefused")
    return value, _life_of(found.get("expires_in"))


def _life_of(written: Any) -> float:
    """Seconds; some endpoints write a text."""
    if written is None:
        return DEFAULT_LIFE
    try:
        seconds = float(written)
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_LIFE
    return min(seconds, LONGEST_LIFE) if seconds > 0 else 0.0


def _parse_object(text: str) -> dict[str, Any]:
    try:
        found = loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
