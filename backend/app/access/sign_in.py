"""Sign-in of people at the studio: OpenID Connect's code flow with PKCE (RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.access.provider import Provider
from app.access.tokens import TokenVerifier
from app.errors import Unauthenticated

#: The scopes of OpenID Connect that are asked for.
SCOPE = "openid email profile"


@dataclass(frozen=True)
class Attempt:
    """A sign-in that has begun; its browser keeps it in a cookie until it comes back from the provider."""

    state: str
    nonce: str
    #: The secret of PKCE, of which the provider has the digest.
    verifier: str
    #: The path of the studio that is shown afterwards.
    next: str

    @classmethod
    def begin(cls, next: str) -> Attempt:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, local_path(next))

    def to_text(self) -> str:
        """The value of the cookie."""
        path = base64.urlsafe_b64encode(self.next.encode()).decode().rstrip("=")
        return ".".join([self.state, self.nonce, self.verifier, path])

    @classmethod
    def from_text(cls, text: str) -> Attempt | None:
        """The attempt in a cookie; None if it is none."""
        try:
            state, nonce, verifier, path = text.split(".")
            return cls(state, nonce, verifier, local_path(base64.urlsafe_b64decode(path + "===").decode()))
        except ValueError:
            return None


class SignIn:
    """The code flow of one client at one provider."""

    def __init__(self, provider: Provider, tokens: TokenVerifier, *, client_id: str, client_secret: str | None) -> None:
        self._provider = provider
        self._tokens = tokens
        self._client_id = client_id
        self._client_secret = client_secret

    def address(self, attempt: Attempt, callback: str) -> str:
        """The URL of the provider at which the person signs in. Raises Unavailable. May block."""
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": callback,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        endpoint = self._provider.endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"

    def finish(self, attempt: Attempt, *, state: str, code: str, callback: str) -> dict[str, Any]:
        """The claims of the person who came back with a code. Raises Unauthenticated, Unavailable. May block."""
        if not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise Unauthenticated("This sign-in was begun in another browser; begin again at /session/login.")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback,
            "client_id": self._client_id,
            "code_verifier": attempt.verifier,
            **({"client_secret": self._client_secret} if self._client_secret else {}),
        }
        token = self._provider.exchange(form).get("id_token")
        if not isinstance(token, str):
            raise Unauthenticated("The OpenID provider sent no ID token.")
        claims = self._tokens.verify(token, audience=self._client_id)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), attempt.nonce.encode()):
            raise Unauthenticated("The ID token belongs to another sign-in; begin again at /session/login.")
        return claims


def local_path(path: str) -> str:
    """A path of this API; ``/`` for anything that could lead elsewhere."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_local and len(path) <= 500 else "/"
