"""Signatures are those of Standard Webhooks: its own library verifies them."""

from __future__ import annotations

import base64
from datetime import datetime, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.engine.deliveries.signing import check_secret, make_secret, sign
from app.errors import InvalidInput


def seconds() -> int:
    """Seconds since 1970."""
    return int(datetime.now(timezone.utc).timestamp())


def test_library_of_standard_webhooks_verifies_a_signature() -> None:
    secret, body = make_secret(), '{"type":"trigraph.execution.failed","é":1}'

    headers = sign(secret, "event-1", seconds(), body)

    assert Webhook(secret).verify(body, headers) == {"type": "trigraph.execution.failed", "é": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace("failed", "completed"), headers)


def test_signature_is_that_of_the_library() -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()

    now = seconds()
    signature = Webhook(secret).sign("event-1", datetime.fromtimestamp(now, timezone.utc), "{}")

    assert sign(secret, "event-1", now, "{}")["webhook-signature"] == signature


@pytest.mark.parametrize("secret", ["", "whsec_", "short", "whsec_%%%", "whsec_" + "A" * 12, "A" * 44])
def test_secret_of_another_form_is_refused(secret: str) -> None:
    with pytest.raises(InvalidInput, match="`secret` is not a secret of Standard Webhooks; it must be whsec_ and 24"):
        check_secret(secret)


def test_made_secrets_are_valid_and_differ() -> None:
    first, second = make_secret(), make_secret()

    check_secret(first)
    assert first != second
