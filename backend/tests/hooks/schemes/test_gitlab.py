"""``gitlab``: the token is compared; the event is in a header."""

from __future__ import annotations

import pytest

from app.hooks.schemes.gitlab import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal


def test_token_is_accepted() -> None:
    scheme.verify(delivery("{}", ("X-Gitlab-Token", "s3cret")), proof_of(scheme, "other", "s3cret"))


def test_token_beyond_ascii_is_compared_by_its_bytes() -> None:
    sent = delivery("{}", ("X-Gitlab-Token", "clé".encode().decode("latin-1")))

    scheme.verify(sent, proof_of(scheme, "clé"))


@pytest.mark.parametrize("token", ["s3cre", "s3crett", "S3CRET", "ÿ"])
def test_wrong_token_is_refused(token: str) -> None:
    reason = refusal(scheme, delivery("{}", ("X-Gitlab-Token", token)), proof_of(scheme, "s3cret"))

    assert reason == (
        "The token in X-Gitlab-Token is no secret of this hook; set the same secret token at GitLab and here."
    )


def test_event_is_described_without_its_token() -> None:
    headers = delivery(
        "{}", ("X-Gitlab-Token", "s"), ("X-Gitlab-Event", "Merge Request Hook"), ("X-Gitlab-Event-UUID", "13792a")
    ).headers

    assert scheme.event_type(headers, {}) == "gitlab.merge-request-hook"
    assert scheme.delivery_id(headers, {}) == "13792a"
    assert scheme.kept_headers(headers) == {"x-gitlab-event": "Merge Request Hook", "x-gitlab-event-uuid": "13792a"}
