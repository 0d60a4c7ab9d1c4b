"""``bearer``: a token in the header ``Authorization``."""

from __future__ import annotations

import pytest

from app.hooks.schemes.bearer import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal


def test_token_is_accepted() -> None:
    scheme.verify(delivery("{}", ("Authorization", "bearer mF_9.B5f-4.1JqM")), proof_of(scheme, "x", "mF_9.B5f-4.1JqM"))


@pytest.mark.parametrize("value", ["Bearer mF_9", "mF_9.B5f-4.1JqM", "Basic mF_9.B5f-4.1JqM", "Bearer ÿ"])
def test_other_token_is_refused(value: str) -> None:
    assert refusal(scheme, delivery("{}", ("Authorization", value)), proof_of(scheme, "mF_9.B5f-4.1JqM")) == (
        "The header Authorization has no token of this hook; set the same token at the sender and here."
    )


@pytest.mark.parametrize("secret", ["two words", "ключ", "line\nbreak"])
def test_token_must_fit_a_header(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^must be a token of visible ASCII characters"):
        scheme.key_of(secret)
