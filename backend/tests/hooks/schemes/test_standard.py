"""``standard`` against the published example of Standard Webhooks and its own library."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from standardwebhooks import Webhook

from app.hooks.scheme import Delivery
from app.hooks.schemes.standard import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIME = 1_614_265_330
BODY = '{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def signed(signature: str, *, id: str = ID, time: str = str(TIME), at: float = TIME) -> Delivery:
    headers = (("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature))
    return delivery(BODY, *headers, at=at)


def by_library(secret: str, id: str) -> str:
    return Webhook(secret).sign(id, datetime.fromtimestamp(TIME, timezone.utc), BODY)


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_")])
def test_published_example_is_accepted(secret: str) -> None:
    scheme.verify(signed(SIGNATURE), proof_of(scheme, secret))


def test_one_of_several_signatures_is_enough() -> None:
    signatures = " ".join(["v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5B", "v1,", "é", SIGNATURE])

    scheme.verify(signed(signatures), proof_of(scheme, "whsec_b3RoZXI=", SECRET))


def test_signature_of_the_library_is_accepted() -> None:
    secret = "whsec_dW5wYWRkZWQgc2VjcmV0IQ"

    scheme.verify(signed(by_library(secret, "msg_1"), id="msg_1"), proof_of(scheme, secret))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (signed(SIGNATURE, at=TIME + 301), "signed 301 s ago, says webhook-timestamp"),
        (signed(SIGNATURE, at=TIME - 301), "signed 301 s ahead of now"),
        (signed(SIGNATURE, id="msg_other"), "The signature in webhook-signature fits no secret"),
        (signed(SIGNATURE, time="1614265331"), "fits no secret"),
        (signed(by_library("whsec_b3RoZXI=", ID)), "fits no secret"),
        (signed(SIGNATURE.removeprefix("v1,")), "fits no secret"),
        (signed(" "), "no header webhook-signature"),
        (delivery(BODY, ("webhook-id", "1"), ("webhook-signature", SIGNATURE)), "no header webhook-timestamp"),
    ],
)
def test_other_delivery_is_refused(sent: Delivery, words: str) -> None:
    assert words in refusal(scheme, sent, proof_of(scheme, SECRET))


@pytest.mark.parametrize("secret", ["whsec_", "not base64!", "whsec_a", "ключ"])
def test_secret_must_be_base64(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^must be base64, with or without whsec_ before it$"):
        scheme.key_of(secret)


def test_event_is_described_by_id_and_type() -> None:
    headers = signed(SIGNATURE).headers

    assert scheme.event_type(headers, {"type": "user.created"}) == "standard.user.created"
    assert scheme.delivery_id(headers, {}) == ID
    assert scheme.kept_headers(headers) == {"webhook-id": ID, "webhook-timestamp": str(TIME)}
