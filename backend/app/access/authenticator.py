"""Finds the caller of a request from its credentials."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import UUID

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from app.access.caller import LOCAL, Caller, CallerKind
from app.access.credentials import (
    Credentials,
    find_authorization,
    is_bearer,
    read_credentials,
    require_same_site,
)
from app.access.keys import digest_of, shown_start
from app.access.people import person_of
from app.access.provider import Provider
from app.access.roster import Grant, Roster
from app.access.scopes import Scope
from app.access.sign_in import SignIn
from app.access.tokens import TokenVerifier
from app.errors import Unauthenticated
from app.settings import Settings
from app.storage.clock import clock
from app.storage.database import ConnectionPool

#: The name of the caller that has ADMIN_KEY.
ADMIN_NAME = "ADMIN_KEY"
#: Senders whose grants are kept for a moment, at most.
MOST_RECENT = 1000
#: The grant of all requests with ``AUTH=off``.
EVERYBODY = Grant(LOCAL)


@dataclass(frozen=True)
class People:
    """What ``AUTH=oidc`` needs."""

    tokens: TokenVerifier
    #: None: people cannot sign in at the studio, as there is no OIDC_CLIENT_ID.
    sign_in: SignIn | None


class Authenticator:
    """Callers by ``AUTH``: ``off`` everybody is ``local``; ``keys`` and ``oidc`` by credentials."""

    def __init__(self, settings: Settings, engine: ConnectionPool) -> None:
        self._settings = settings
        self._is_off = settings.auth == "off"
        self._origins = frozenset(settings.origins)
        self.roster = Roster(engine, admin_grants(settings.admin_key))
        #: Of the last snapshot of the roster: the grants of keys that do not expire, by their header and the address.
        self._recent: dict[tuple[bytes, str | None], Grant] = {}
        self._recent_of: object = None
        self.people = make_people(settings) if settings.auth == "oidc" else None

    async def authenticate(self, request: Request) -> Grant:
        """The caller of a request, and its limits. Raises Unauthenticated, Forbidden, Unavailable."""
        client = request.scope.get("client")
        address = client[0] if client else None
        if self._is_off:
            return at_address(EVERYBODY, address)
        header = find_authorization(request)
        if header is not None and self._recent_of is self.roster.snapshot and self.roster.is_fresh:
            recent = self._recent.get((header, address))
            if recent is not None:
                return recent
        given = read_credentials(request)
        if given is None:
            raise Unauthenticated("This request has no credentials; send a key as `Authorization: Bearer tg_…`.")
        if given.token:
            person = await run_in_threadpool(self.authenticate_token, given.token)
            return Grant(replace(person, address=address))
        if given.session:
            require_same_site(request, request.method, self._origins)
        digest, roster = digest_of(given.key or given.session), self.roster
        snapshot, known = roster.snapshot, roster.find(digest)
        if not roster.is_fresh or (known is None and roster.may_look_again()):
            await run_in_threadpool(roster.refresh)
            snapshot, known = roster.snapshot, roster.find(digest)
        grant = at_address(require_valid(known, given), address)
        if header is not None and is_bearer(header, given.key) and grant.expires_at is None:
            self._remember(snapshot, (header, address), grant)
        return grant

    def _remember(self, snapshot: object, sender: tuple[bytes, str | None], grant: Grant) -> None:
        """Keep the grant of a sender until the roster is read again, a second later: each digest takes a while."""
        if self._recent_of is not snapshot or len(self._recent) >= MOST_RECENT:
            self._recent, self._recent_of = {}, snapshot
        self._recent[sender] = grant

    def find_grant(self, given: Credentials) -> Grant:
        """The grant of a key or a session, as the roster has it. Raises Unauthenticated."""
        return require_valid(self.roster.find(digest_of(given.key or given.session)), given)

    def authenticate_token(self, token: str) -> Caller:
        """The person of a token. Raises Unauthenticated, Unavailable. May block."""
        if self.people is None:
            raise Unauthenticated(
                "The bearer token is not a key: keys begin with tg_. Tokens of people need AUTH=oidc.",
                has_credentials=True,
            )
        audience = self._settings.oidc_audience or self._settings.oidc_client_id or ""
        return self.person(self.people.tokens.verify(token, audience=audience))

    def person(self, claims: dict[str, object]) -> Caller:
        """The person that verified claims describe."""
        return person_of(
            claims, groups_claim=self._settings.oidc_groups_claim, scopes_of=self._settings.scopes_of_groups
        )


def require_valid(grant: Grant | None, given: Credentials) -> Grant:
    """The grant that was found for a key or a session. Raises Unauthenticated if there is none, or it has expired."""
    if grant is None:
        message = "The session has ended; sign in again."
        if given.key:
            message = (
                f"The key {shown_start(given.key)}… is not valid here: it was revoked, or this deployment did not"
                " make it."
            )
        raise Unauthenticated(message, has_credentials=True)
    if grant.expires_at is not None and grant.expires_at <= clock.now():
        what = f"The key {grant.prefix}…" if given.key else "The session"
        raise Unauthenticated(f"{what} expired at {grant.expires_at:%Y-%m-%d %H:%M} UTC.", has_credentials=True)
    return grant


@lru_cache(maxsize=4096)
def at_address(grant: Grant, address: str | None) -> Grant:
    """The grant of a caller at this address; a sender of many requests has the same one each time."""
    return replace(grant, caller=replace(grant.caller, address=address))


def admin_grants(key: str | None) -> dict[bytes, Grant]:
    """The grant of ADMIN_KEY."""
    if key is None:
        return {}
    digest = digest_of(key)
    # Another ADMIN_KEY has another id, so the sessions that the one of before opened end.
    id = str(UUID(bytes=digest[:16]))
    caller = Caller(ADMIN_NAME, CallerKind.KEY, frozenset({Scope.ADMIN}), key_id=id)
    return {digest: Grant(caller, prefix=shown_start(key))}


def make_people(settings: Settings) -> People:
    """The verifier of tokens, and the sign-in if there is a client for it. The provider is not asked yet."""
    provider = Provider(settings.oidc_issuer)
    tokens = TokenVerifier(provider, algorithms=settings.token_algorithms, leeway=settings.oidc_leeway)
    if settings.oidc_client_id is None:
        return People(tokens, None)
    sign_in = SignIn(provider, tokens, client_id=settings.oidc_client_id, client_secret=settings.oidc_client_secret)
    return People(tokens, sign_in)
