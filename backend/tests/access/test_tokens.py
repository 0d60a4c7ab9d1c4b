"""Tokens of a real OpenID provider: only those that it signed for this deployment, within their time, are accepted."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.access.provider import KEYS_LAST, KEYS_LAST_OFFLINE, REFETCH_AFTER, Provider
from app.access.tokens import TokenVerifier
from app.errors import Unauthenticated, Unavailable
from tests.access.openid_provider import AUDIENCE, OpenIdProvider, forge


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def provider(openid_provider: OpenIdProvider) -> Iterator[OpenIdProvider]:
    openid_provider.rotate()
    openid_provider.asked = 0
    yield openid_provider
    openid_provider.is_down = False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(provider: OpenIdProvider, clock: Clock) -> TokenVerifier:
    return TokenVerifier(Provider(provider.issuer, clock), algorithms=["RS256", "ES256"], leeway=30)


def verify(verifier: TokenVerifier, token: str) -> dict[str, Any]:
    return verifier.verify(token, audience=AUDIENCE)


def without_signature(provider: OpenIdProvider, algorithm: str) -> str:
    """A token with the header of an algorithm and no signature."""
    header = {"alg": algorithm, "kid": provider.keys[0].kid}
    parts = (json.dumps(part).encode() for part in (header, provider.claims()))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def test_token_of_the_provider_is_accepted(provider: OpenIdProvider, verifier: TokenVerifier) -> None:
    assert verify(verifier, provider.token())["email"] == "ann@example.com"
    assert verify(verifier, provider.token(aud=["other", AUDIENCE]))["sub"] == "u1"
    assert verify(verifier, provider.token(kid=None))["sub"] == "u1"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"aud": "another"}, "audience doesn't match"),
        ({"aud": None}, 'missing the "aud" claim'),
        ({"iss": "http://attacker.example"}, "invalid issuer"),
        ({"exp": int(time.time()) - 3600}, "signature has expired"),
        ({"exp": None}, 'missing the "exp" claim'),
        ({"nbf": int(time.time()) + 3600}, "not yet valid"),
        ({"iat": int(time.time()) + 3600}, "not yet valid"),
        ({"sub": None}, 'missing the "sub" claim'),
    ],
)
def test_token_for_others_or_another_time_is_refused(
    provider: OpenIdProvider, verifier: TokenVerifier, changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Unauthenticated, match=f"The token is not valid: .*{reason}.*\\.$"):
        verify(verifier, provider.token(**changed))


def test_clocks_may_differ_a_little(provider: OpenIdProvider, verifier: TokenVerifier) -> None:
    now = int(time.time())

    assert verify(verifier, provider.token(exp=now - 10))["sub"] == "u1"
    assert verify(verifier, provider.token(iat=now + 10, nbf=now + 10))["sub"] == "u1"


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS384", ""])
def test_unsigned_token_is_refused(provider: OpenIdProvider, verifier: TokenVerifier, algorithm: str) -> None:
    with pytest.raises(Unauthenticated, match="is not one of OIDC_ALGORITHMS"):
        verify(verifier, without_signature(provider, algorithm))


def test_public_key_is_not_taken_as_a_secret(provider: OpenIdProvider, verifier: TokenVerifier) -> None:
    forged = forge(provider.public_pem(), provider.claims(), provider.keys[0].kid)

    with pytest.raises(Unauthenticated, match="'HS256' is not one of OIDC_ALGORITHMS"):
        verify(verifier, forged)


def test_key_of_another_issuer_is_refused(provider: OpenIdProvider, verifier: TokenVerifier) -> None:
    other = OpenIdProvider()
    signed_as_ours = provider.token(key=other.keys[0], kid=provider.keys[0].kid)

    with pytest.raises(Unauthenticated, match="signature verification failed"):
        verify(verifier, signed_as_ours)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "…", "." * 10, "eyJhbGciOiJSUzI1NiJ9.e30.", "x" * 20_000])
def test_text_that_is_no_token_is_refused(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(Unauthenticated):
        verify(verifier, token)


def test_changed_token_is_refused(provider: OpenIdProvider, verifier: TokenVerifier) -> None:
    head, _, signature = provider.token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(provider.claims(groups=["ops"])).encode()).decode().rstrip("=")

    with pytest.raises(Unauthenticated, match="signature verification failed"):
        verify(verifier, f"{head}.{body}.{signature}")


def test_new_key_of_the_provider_is_fetched(provider: OpenIdProvider, verifier: TokenVerifier, clock: Clock) -> None:
    verify(verifier, old := provider.token())
    provider.rotate("EC")
    clock.now += REFETCH_AFTER

    assert verify(verifier, provider.token(algorithm="ES256"))["sub"] == "u1"
    with pytest.raises(Unauthenticated, match=r"signed with a key that .* does not have"):
        verify(verifier, old)


def test_unknown_keys_have_the_provider_asked_seldom(
    provider: OpenIdProvider, verifier: TokenVerifier, clock: Clock
) -> None:
    verify(verifier, provider.token())

    for _ in range(50):
        with pytest.raises(Unauthenticated, match="signed with a key that"):
            verify(verifier, provider.token(kid="unknown"))
    assert provider.asked == 1

    clock.now += REFETCH_AFTER
    for _ in range(50):
        with pytest.raises(Unauthenticated):
            verify(verifier, provider.token(kid="unknown"))
    assert provider.asked == 2


def test_withdrawn_key_is_refused_after_a_while(
    provider: OpenIdProvider, verifier: TokenVerifier, clock: Clock
) -> None:
    verify(verifier, old := provider.token())
    provider.rotate()

    clock.now += KEYS_LAST

    with pytest.raises(Unauthenticated, match="signed with a key that"):
        verify(verifier, old)


def test_keys_are_used_while_the_provider_is_down(
    provider: OpenIdProvider, verifier: TokenVerifier, clock: Clock
) -> None:
    token = provider.token()
    verify(verifier, token)
    provider.is_down = True

    clock.now += KEYS_LAST
    assert verify(verifier, token)["sub"] == "u1"

    clock.now += KEYS_LAST_OFFLINE
    with pytest.raises(Unavailable, match="cannot be read; try again soon"):
        verify(verifier, token)


def test_provider_that_was_never_reached_is_unavailable(clock: Clock) -> None:
    verifier = TokenVerifier(Provider("http://127.0.0.1:1", clock), algorithms=["RS256"], leeway=0)
    token = OpenIdProvider().token()

    with pytest.raises(Unavailable, match=r"The keys of the OpenID provider http://127.0.0.1:1 cannot be read"):
        verify(verifier, token)


def test_provider_of_another_name_is_refused(provider: OpenIdProvider, clock: Clock) -> None:
    named = provider.issuer.replace("127.0.0.1", "localhost")

    with pytest.raises(Unavailable, match="They must be the same"):
        Provider(named, clock).endpoint("token_endpoint")
