"""A URL that no call can reach is a warning at save."""

from __future__ import annotations

import pytest

from app.engine.toolkit.request_advice import request_advice


def codes(url: str) -> list[str]:
    return [code for _, code, _ in request_advice({"url": url})]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("api.example.com/orders", "has no scheme; begin it with https://"),
        ("//api.example.com/", "has no scheme"),
        ("/orders", "has no scheme"),
        ("ftp://files.example.com/", "only http:// and https:// URLs can be called"),
        ("htp://api.example.com", "only http:// and https://"),
        ("localhost:8080/orders", "only http:// and https://"),
        ("mailto:ann@example.com", "only http:// and https://"),
        ("http://api example.com/", "cannot be parsed"),
        ("http://api.example.com:99999/", "cannot be parsed"),
        ("http://[::1", "cannot be parsed"),
        ("http:///orders", "has no host"),
        ("https://?q=1", "has no host"),
        ("http://169.254.169.254/latest", "169.254.169.254 is an address that is never called"),
        ("http://[fe80::1]/", "fe80::1 is an address that is never called"),
        ("ftp://{{ payload.host }}/", "a URL begins with https:// or http://"),
        ("api.example.com/{{ payload.id }}", "a URL begins with https:// or http://"),
    ],
)
def test_url_that_cannot_be_called_is_warned_of(url: str, reason: str) -> None:
    ((key, code, message),) = request_advice({"url": url})

    assert (key, code) == ("url", "INVALID_URL")
    assert message.startswith(f'it is "{url}"; ')
    assert reason in message


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost:8080/a b", "HTTPS://Example.com", " https://example.com ", "http://müller.example/"),
        *("{{ payload.url }}", "http{{ payload.s }}://x/", "https://{{ payload.host }}/", "http://10.0.0.1/"),
        *("http://[::1]:8080/", "https://a.example/%zz?q=100%", "http://127.1/"),
    ],
)
def test_url_that_may_be_called_is_not_warned_of(url: str) -> None:
    assert codes(url) == []


def test_password_in_a_url_is_warned_of() -> None:
    assert codes("https://me:pa55@api.example.com/") == ["PASSWORD_IN_URL"]
    assert codes("https://me:{{ secret.PASSWORD }}@api.example.com/") == []
    assert codes("https://me@api.example.com/a:b@c") == []


def test_url_of_another_type_is_left_to_the_model() -> None:
    assert [*request_advice({"url": 7}), *request_advice({})] == []
