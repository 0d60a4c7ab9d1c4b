"""``slack`` against Slack's published example and its own library."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from app.errors import InvalidInput
from app.hooks.headers import Headers
from app.hooks.scheme import Delivery
from app.hooks.schemes.slack import scheme
from tests.hooks.deliveries import delivery, proof_of, refusal

# https://docs.slack.dev/authentication/verifying-requests-from-slack
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TIME = 1_531_420_618
COMMAND = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14"
    "d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def signed(body: str, *, time: int | str = TIME, secret: str = SECRET, at: float = TIME) -> Delivery:
    signature = SignatureVerifier(secret).generate_signature(timestamp=str(time), body=body)
    assert signature
    return delivery(body, ("X-Slack-Request-Timestamp", str(time)), ("X-Slack-Signature", signature), at=at)


def test_published_example_is_accepted() -> None:
    sent = delivery(COMMAND, ("X-Slack-Request-Timestamp", str(TIME)), ("X-Slack-Signature", SIGNATURE), at=TIME + 9)

    scheme.verify(sent, proof_of(scheme, SECRET))


def test_signature_of_the_library_is_accepted() -> None:
    scheme.verify(signed('{"type": "event_callback"}'), proof_of(scheme, "other", SECRET))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (signed("{}", at=TIME + 301), "signed 301 s ago, says X-Slack-Request-Timestamp"),
        (signed("{}", at=TIME - 400), "signed 400 s ahead of now"),
        (signed("{}", secret="other"), "The signature in X-Slack-Signature fits no secret"),
        (signed("{}", time="-5"), "The time in X-Slack-Request-Timestamp is '-5'"),
        (signed("{}", time="9" * 40), "it must be whole seconds since 1970"),
        (delivery("{}", ("X-Slack-Signature", SIGNATURE)), "no header X-Slack-Request-Timestamp"),
        (delivery("{}", ("X-Slack-Request-Timestamp", "1")), "no header X-Slack-Signature"),
    ],
)
def test_other_delivery_is_refused(sent: Delivery, words: str) -> None:
    assert words in refusal(scheme, sent, proof_of(scheme, SECRET))


@pytest.mark.parametrize(
    ("payload", "type"),
    [
        ({"type": "event_callback", "event": {"type": "app_mention"}}, "slack.app_mention"),
        ({"type": "app_rate_limited"}, "slack.app_rate_limited"),
        ({"payload": {"type": "block_actions"}}, "slack.block_actions"),
        ({"command": "/deploy"}, "slack./deploy"),
        ({"event": 7, "type": ["x"]}, "slack"),
    ],
)
def test_type_is_that_of_the_inner_event(payload: dict[str, Any], type: str) -> None:
    assert scheme.event_type(Headers(), payload) == type


def test_delivery_has_the_id_of_its_event() -> None:
    assert scheme.delivery_id(Headers(), {"event_id": "Ev08"}) == "Ev08"


def test_challenge_is_returned() -> None:
    assert scheme.handshake(Headers(), {"type": "url_verification", "challenge": "3eZ"}) == {"challenge": "3eZ"}
    assert scheme.handshake(Headers(), {"type": "event_callback", "challenge": "3eZ"}) is None
    with pytest.raises(InvalidInput, match=r"^The url_verification has no challenge; Slack sends one, as text\.$"):
        scheme.handshake(Headers(), {"type": "url_verification", "challenge": 7})


def test_signature_is_not_kept() -> None:
    kept = scheme.kept_headers(signed("{}").headers)

    assert kept == {"x-slack-request-timestamp": str(TIME)}
