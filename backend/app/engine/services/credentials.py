"""Credentials as handlers use them: a name becomes the authorization of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.engine.services.http.authorization import Authorization, FixedHeader, basic, check_value
from app.engine.services.http.guard import Guard
from app.engine.services.http.tokens import OAuthClient, TokenCache
from app.errors import StepFailed
from app.secrets.credentials import Credential

AUTHORIZATION = "Authorization"


@dataclass(frozen=True)
class ClientCredentials:
    """The token of an OAuth 2 client, as ``Authorization``."""

    credential: Credential
    client: OAuthClient
    tokens: TokenCache
    #: Told each token that is used, so that it is taken out of what the step stores.
    learn: Callable[[Iterable[str]], None]
    header: str = AUTHORIZATION

    async def read_value(self, guard: Guard) -> str:
        token = await self.tokens.get(self.client, guard)
        self.learn(value for value in (token.value, token.former) if value)
        return f"Bearer {token.value}"

    def renew(self, refused: str) -> bool:
        self.tokens.drop(self.client, refused.removeprefix("Bearer "))
        return True


def authorize(
    credential: Credential,
    find_secret: Callable[[str], str | None],
    tokens: TokenCache,
    learn: Callable[[Iterable[str]], None],
) -> Authorization:
    """The authorization by a credential. Raises StepFailed where its secret is missing, or cannot be sent."""
    secret, settings = _read_secret(credential, find_secret), credential.settings
    if credential.type == "bearer":
        return FixedHeader(credential, AUTHORIZATION, f"Bearer {check_value(secret, credential.secret)}")
    if credential.type == "basic":
        return FixedHeader(credential, AUTHORIZATION, basic(f"{settings['username']}:{secret.strip()}"))
    if credential.type == "header":
        value = check_value(secret, credential.secret)
        return FixedHeader(credential, settings["header"], f"{settings.get('prefix') or ''}{value}")
    client = OAuthClient(
        credential.name,
        settings["token_url"],
        settings["client_id"],
        secret.strip(),
        settings.get("scope"),
        settings.get("audience"),
        settings.get("client_auth") or "basic",
    )
    return ClientCredentials(credential, client, tokens, learn)


def _read_secret(credential: Credential, find_secret: Callable[[str], str | None]) -> str:
    value = find_secret(credential.secret)
    if value:
        return value
    message = (
        f"The credential {credential.name} needs the secret {credential.secret}, which does not exist; store it by"
        f" PUT /secrets/{credential.secret}."
    )
    raise StepFailed(message, kind="SecretUnavailable")
