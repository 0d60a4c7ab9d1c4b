"""``twilio`` against Twilio's published examples and its own library."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from app.hooks.headers import Headers
from app.hooks.scheme import Delivery
from app.hooks.schemes.twilio import scheme, spellings
from tests.hooks.deliveries import delivery, proof_of, refusal

# https://www.twilio.com/docs/usage/security, and the tests of Twilio's library.
TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
JSON = '{"property": "value", "boolean": true}'
JSON_URL = f"{URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")


def signed(signature: str, body: str, *headers: tuple[str, str], url: str = URL) -> Delivery:
    return delivery(body, ("X-Twilio-Signature", signature), *headers, url=url)


def test_published_example_is_accepted() -> None:
    scheme.verify(signed(SIGNATURE, urlencode(FIELDS), FORM), proof_of(scheme, "other", TOKEN))


@pytest.mark.parametrize("url", ["https://mycompany.com:443/a?b=%20c", "https://mycompany.com/a?b=%20c"])
@pytest.mark.parametrize("signed_url", ["https://mycompany.com:443/a?b=%20c", "https://mycompany.com/a?b=%20c"])
def test_url_is_signed_with_or_without_port(url: str, signed_url: str) -> None:
    signature = RequestValidator(TOKEN).compute_signature(signed_url, {"Body": "hé"})

    scheme.verify(signed(signature, "Body=h%C3%A9", FORM, url=url), proof_of(scheme, TOKEN))


def test_shared_key_signs_with_sha256() -> None:
    signature = RequestValidator(TOKEN).compute_signature(URL, FIELDS, "HMAC_SHA256")
    settings = ("X-Twilio-Webhooks-Signature-Settings", "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256")

    scheme.verify(signed(signature, urlencode(FIELDS), FORM, settings), proof_of(scheme, TOKEN))
    assert "fits no secret" in refusal(scheme, signed(signature, urlencode(FIELDS), FORM), proof_of(scheme, TOKEN))


def test_json_is_covered_by_its_hash_in_the_url() -> None:
    signature = RequestValidator(TOKEN).compute_signature(JSON_URL, {})
    kind = ("Content-Type", "application/json")

    scheme.verify(signed(signature, JSON, kind, url=JSON_URL), proof_of(scheme, TOKEN))

    for body, url in ((JSON + " ", JSON_URL), (JSON, URL), (JSON, f"{URL}&bodySHA256=%E2%82%AC")):
        assert refusal(scheme, signed(signature, body, kind, url=url), proof_of(scheme, TOKEN)) == (
            "The body is not covered by the signature: it is neither a form nor that of bodySHA256 in the URL."
        )


def test_repeated_fields_are_sorted_and_counted_once() -> None:
    class Several:
        """As a web framework gives a form to the library."""

        def __iter__(self) -> object:
            return iter(["b", "a"])

        def getlist(self, name: str) -> list[str]:
            return {"a": ["2", "1", "2"], "b": ["x"]}[name]

    signature = RequestValidator(TOKEN).compute_signature(URL, Several())

    scheme.verify(signed(signature, "b=x&a=2&a=1&a=2", FORM), proof_of(scheme, TOKEN))


@pytest.mark.parametrize("change", [{"Digits": "1235"}, {"Extra": "1"}])
def test_changed_field_is_refused(change: dict[str, str]) -> None:
    sent = signed(SIGNATURE, urlencode({**FIELDS, **change}), FORM)

    assert "The signature in X-Twilio-Signature fits no secret" in refusal(scheme, sent, proof_of(scheme, TOKEN))


def test_other_url_is_refused() -> None:
    sent = signed(SIGNATURE, urlencode(FIELDS), FORM, url=URL.replace("https", "http"))

    assert "fits no secret" in refusal(scheme, sent, proof_of(scheme, TOKEN))


@pytest.mark.parametrize(
    ("url", "both"),
    [
        ("http://h/x", ["http://h/x", "http://h:80/x"]),
        ("https://h:8443?q", ["https://h?q", "https://h:8443?q"]),
        ("https://[::1]:443/x", ["https://[::1]/x", "https://[::1]:443/x"]),
        ("http://[/x", ["http://[/x"]),
    ],
)
def test_url_is_spelt_in_two_ways(url: str, both: list[str]) -> None:
    assert spellings(url) == both


def test_type_is_the_status_of_the_message() -> None:
    assert scheme.event_type(Headers(), {"MessageStatus": "delivered"}) == "twilio.delivered"
    assert scheme.event_type(Headers(), {"Body": "Hello"}) == "twilio.incoming"
    assert scheme.delivery_id(Headers(), {"MessageSid": "SM1"}) is None
