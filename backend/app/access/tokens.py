"""Tokens of the OpenID provider: verified by PyJWT with the provider's public keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.access.provider import Provider
from app.deferred import Deferred
from app.errors import Unauthenticated

if TYPE_CHECKING:
    import jwt
else:
    jwt = Deferred("jwt")


class TokenVerifier:
    """Verifies the signature, the issuer, the audience and the times of a token."""

    def __init__(self, provider: Provider, *, algorithms: list[str], leeway: float) -> None:
        """``leeway``: seconds by which the clocks of the provider and of this machine may differ."""
        self._provider = provider
        self._algorithms = algorithms
        self._leeway = leeway

    def verify(self, token: str, *, audience: str) -> dict[str, Any]:
        """The claims of a token. Raises Unauthenticated with the reason, Unavailable. May block."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._algorithms:
                # Before a key is chosen: a public key must never be used as the secret of an HMAC.
                raise jwt.InvalidAlgorithmError(f"the algorithm {header.get('alg')!r} is not one of OIDC_ALGORITHMS")
            key = self._provider.key(header.get("kid"))
            return jwt.decode(
                token,
                key,
                algorithms=self._algorithms,
                audience=audience,
                issuer=self._provider.issuer,
                leeway=self._leeway,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated(f"The token is not valid: {describe(error)}.", has_credentials=True) from error


def describe(error: jwt.PyJWTError) -> str:
    """The reason in a few words, which end without a full stop."""
    text = str(error).rstrip(".")[:200] or type(error).__name__
    return text[0].lower() + text[1:]
