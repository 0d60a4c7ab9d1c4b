"""``basic`` against the examples of RFC 7617."""

from __future__ import annotations

import pytest

from app.hooks.schemes.basic import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal

REASON = "The header Authorization has no user and password of this hook; set the same at the sender and here."


@pytest.mark.parametrize(
    ("secret", "value"),
    [
        ("Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test:123£", "basic  dGVzdDoxMjPCow=="),
    ],
)
def test_published_example_is_accepted(secret: str, value: str) -> None:
    scheme.verify(delivery("{}", ("Authorization", value)), proof_of(scheme, "a:b", secret))


@pytest.mark.parametrize("value", ["Basic QWxh", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic", "Basic ÿ", "x"])
def test_other_credentials_are_refused(value: str) -> None:
    assert refusal(scheme, delivery("{}", ("Authorization", value)), proof_of(scheme, "Aladdin:open sesame")) == REASON


@pytest.mark.parametrize("secret", ["user", ":password", "user:", ":"])
def test_secret_must_be_user_and_password(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^must be a user and a password with a colon between them"):
        scheme.key_of(secret)
