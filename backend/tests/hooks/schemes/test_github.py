"""``github`` against GitHub's published example."""

from __future__ import annotations

import pytest

from app.errors import DeliveryRefused
from app.hooks.scheme import Delivery
from app.hooks.schemes.github import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal

SECRET = "It's a Secret to Everybody"
BODY = "Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def signed(signature: str, *headers: tuple[str, str], body: str = BODY) -> Delivery:
    return delivery(body, ("X-Hub-Signature-256", signature), *headers)


def test_published_example_is_accepted() -> None:
    scheme.verify(signed(SIGNATURE), proof_of(scheme, SECRET))


def test_any_of_several_secrets_is_accepted() -> None:
    scheme.verify(signed(SIGNATURE), proof_of(scheme, "new", SECRET, "older"))


@pytest.mark.parametrize(
    "signature",
    [
        *(SIGNATURE[:-1], SIGNATURE[:-1] + "8", SIGNATURE.removeprefix("sha256="), "sha1=" + SIGNATURE[7:], "sha256="),
        *("é" * 71, "sha256=" + "zz" * 32, SIGNATURE + "\xff", "x" * 10_000, SIGNATURE.upper()),
    ],
)
def test_wrong_signature_is_refused(signature: str) -> None:
    reason = refusal(scheme, signed(signature), proof_of(scheme, SECRET))

    assert reason == (
        "The signature in X-Hub-Signature-256 fits no secret of this hook; set the same secret at the sender and here."
    )


def test_changed_body_is_refused() -> None:
    assert "fits no secret" in refusal(scheme, signed(SIGNATURE, body=BODY + " "), proof_of(scheme, SECRET))


@pytest.mark.parametrize("headers", [(), (("X-Hub-Signature-256", " "),)])
def test_missing_or_empty_signature_is_refused(headers: tuple[tuple[str, str], ...]) -> None:
    reason = refusal(scheme, delivery(BODY, *headers), proof_of(scheme, SECRET))

    assert reason == (
        "The delivery has no header X-Hub-Signature-256; set the secret of this hook at the sender,"
        " and check its scheme."
    )


def test_second_signature_is_refused() -> None:
    twice = signed(SIGNATURE, ("X-Hub-Signature-256", SIGNATURE))

    assert refusal(scheme, twice, proof_of(scheme, SECRET)) == (
        "The delivery has the header X-Hub-Signature-256 more than once; send it once."
    )


def test_event_is_described_by_its_headers() -> None:
    headers = signed(
        SIGNATURE, ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "72d3"), ("User-Agent", "GitHub-Hookshot/1")
    ).headers

    assert scheme.event_type(headers, {}) == "github.push"
    assert scheme.delivery_id(headers, {}) == "72d3"
    assert scheme.kept_headers(headers) == {
        "x-github-event": "push",
        "x-github-delivery": "72d3",
        "user-agent": "GitHub-Hookshot/1",
    }
    assert scheme.handshake(headers, {}) is None


def test_ping_is_a_handshake() -> None:
    assert scheme.handshake(signed(SIGNATURE, ("X-GitHub-Event", "ping")).headers, {}) == {"ping": "pong"}


def test_two_ids_of_one_delivery_are_refused() -> None:
    headers = signed(SIGNATURE, ("X-GitHub-Delivery", "a"), ("X-GitHub-Delivery", "b")).headers

    with pytest.raises(DeliveryRefused, match="X-GitHub-Delivery more than once"):
        scheme.delivery_id(headers, {})
