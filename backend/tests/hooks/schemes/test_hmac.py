"""``hmac`` against the test vectors of RFC 2202 and RFC 4231."""

from __future__ import annotations

import base64

import pytest

from app.hooks.scheme import HmacOptions
from app.hooks.schemes.hmac import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal

KEY = "Jefe"
BODY = "what do ya want for nothing?"
DIGESTS = {
    "sha1": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    "sha256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "sha512": (
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b"
        "636e070a38bce737"
    ),
}


@pytest.mark.parametrize("algorithm", DIGESTS)
@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("prefix", ["", "sha=", "v1, "])
def test_vectors_are_accepted(algorithm: str, encoding: str, prefix: str) -> None:
    digest = DIGESTS[algorithm]
    text = digest if encoding == "hex" else base64.b64encode(bytes.fromhex(digest)).decode()
    options = HmacOptions("X-Sign", algorithm, encoding, prefix)

    scheme.verify(delivery(BODY, ("x-sign", prefix + text)), proof_of(scheme, "other", KEY, hmac=options))


def test_hexadecimal_digits_may_be_capitals() -> None:
    options = HmacOptions("X-Sign", prefix="sha256=")

    scheme.verify(
        delivery(BODY, ("X-Sign", "sha256=" + DIGESTS["sha256"].upper())), proof_of(scheme, KEY, hmac=options)
    )


@pytest.mark.parametrize(
    "value", [DIGESTS["sha256"][:-1], DIGESTS["sha1"], "SHA256=" + DIGESTS["sha256"], DIGESTS["sha256"], "ÿ", "sha256="]
)
def test_other_value_is_refused(value: str) -> None:
    options = HmacOptions("X-Sign", prefix="sha256=")

    reason = refusal(scheme, delivery(BODY, ("X-Sign", value)), proof_of(scheme, KEY, hmac=options))

    assert "The signature in X-Sign fits no secret" in reason


def test_event_has_the_type_of_the_scheme() -> None:
    headers = delivery(BODY, ("X-Sign", "1"), ("Content-Type", "text/plain")).headers

    assert scheme.event_type(headers, {"type": "trigraph.execution.failed"}) == "hmac"
    assert scheme.delivery_id(headers, {"id": "1"}) is None
    assert scheme.kept_headers(headers) == {"content-type": "text/plain"}
