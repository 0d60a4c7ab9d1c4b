"""``stripe`` against the signatures of Stripe's own library."""

from __future__ import annotations

import pytest
from stripe import WebhookSignature

from app.hooks.scheme import Delivery
from app.hooks.schemes.stripe import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal

SECRET = "whsec_test_secret"
BODY = '{"id": "evt_1", "type": "invoice.paid", "ä": 1.0}'
NOW = 1_700_000_000


def signed(body: str = BODY, *, secret: str = SECRET, age: int = 0) -> Delivery:
    value = WebhookSignature.generate_signature_header(body, secret, NOW - age)
    return delivery(body, ("Stripe-Signature", value), at=NOW)


def with_signature(value: str) -> Delivery:
    return delivery(BODY, ("Stripe-Signature", value), at=NOW)


@pytest.mark.parametrize("age", [0, 300, -300])
def test_signature_of_the_library_is_accepted(age: int) -> None:
    scheme.verify(signed(age=age), proof_of(scheme, SECRET))


def test_one_of_several_signatures_is_enough() -> None:
    good = signed().headers.require("Stripe-Signature")

    scheme.verify(with_signature(f"{good},v1={'0' * 64},v0=6ffb"), proof_of(scheme, "other", SECRET))


@pytest.mark.parametrize(("age", "words"), [(301, "301 s ago"), (-301, "301 s ahead of now")])
def test_signature_outside_the_window_is_refused(age: int, words: str) -> None:
    assert refusal(scheme, signed(age=age), proof_of(scheme, SECRET)) == (
        f"The delivery was signed {words}, says Stripe-Signature; at most 300 s are allowed."
    )


def test_forged_signature_is_refused() -> None:
    assert "fits no secret" in refusal(scheme, signed(secret="whsec_other"), proof_of(scheme, SECRET))


@pytest.mark.parametrize("value", ["t=1", "v1=ab", "t=1,t=2,v1=ab", "é", "=,=,", "t=1,v0=ab"])
def test_incomplete_signature_is_refused(value: str) -> None:
    assert refusal(scheme, with_signature(value), proof_of(scheme, SECRET)) == (
        "The header Stripe-Signature must have one time and a signature, as in t=…,v1=…."
    )


def test_time_that_is_no_number_is_refused() -> None:
    signature = WebhookSignature._compute_signature(f"1e9.{BODY}", SECRET)

    assert refusal(scheme, with_signature(f"t=1e9,v1={signature}"), proof_of(scheme, SECRET)) == (
        "The time in Stripe-Signature is '1e9'; it must be whole seconds since 1970."
    )


def test_event_is_described_by_its_body() -> None:
    headers = signed().headers

    assert scheme.event_type(headers, {"id": "evt_1", "type": "invoice.paid"}) == "stripe.invoice.paid"
    assert scheme.delivery_id(headers, {"id": "evt_1"}) == "evt_1"
    assert (scheme.event_type(headers, {"type": 7}), scheme.delivery_id(headers, {"id": [1]})) == ("stripe", None)
    assert scheme.kept_headers(headers) == {}
