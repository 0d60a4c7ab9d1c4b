"""Where a credential may be sent: exact hosts and wildcards, one scheme and one port each."""

from __future__ import annotations

import pytest

from app.secrets.hosts import HostRule, parse_host


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("api.example.com", HostRule("https", "api.example.com", 443)),
        (" API.Example.com ", HostRule("https", "api.example.com", 443)),
        ("api.example.com:8443", HostRule("https", "api.example.com", 8443)),
        ("https://api.example.com", HostRule("https", "api.example.com", 443)),
        ("http://localhost:8080", HostRule("http", "localhost", 8080)),
        ("HTTP://intranet", HostRule("http", "intranet", 80)),
        ("*.example.com", HostRule("https", "example.com", 443, is_wildcard=True)),
        ("http://*.example.com:81", HostRule("http", "example.com", 81, is_wildcard=True)),
        ("http://[::1]:81", HostRule("http", "[::1]", 81)),
        ("10.0.0.1", HostRule("https", "10.0.0.1", 443)),
        ("bücher.example", HostRule("https", "xn--bcher-kva.example", 443)),
    ],
)
def test_host_is_parsed(written: str, rule: HostRule) -> None:
    assert parse_host(written) == rule


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "*", "*:443", "https://", "ftp://example.com", "//example.com", "://example.com"),
        *("example.com/path", "example.com?q=1", "example.com#f", "me:pw@example.com", "a b.example.com"),
        *("api.*.com", "a*.example.com", "**.example.com", "example.com:0", "example.com:99999", "example.com:x"),
        *("example.com,b.example.com", "%65xample.com", "http://http://a.example"),
    ],
)
def test_other_text_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not a host; write a host as in"):
        parse_host(written)


@pytest.mark.parametrize("written", ["*.com", "*.10.0.0.1", "http://*.localhost"])
def test_wildcard_of_a_whole_top_level_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is too wide; write at least two names"):
        parse_host(written)


@pytest.mark.parametrize(
    ("written", "origin", "is_covered"),
    [
        ("api.example.com", ("https", "api.example.com", 443), True),
        ("api.example.com", ("https", "api.example.com", 8443), False),
        ("api.example.com", ("http", "api.example.com", 80), False),
        ("api.example.com", ("http", "api.example.com", 443), False),
        ("api.example.com", ("https", "evil-api.example.com", 443), False),
        ("api.example.com", ("https", "api.example.com.evil.test", 443), False),
        ("api.example.com", ("https", "api.example.com.", 443), False),
        ("*.example.com", ("https", "api.example.com", 443), True),
        ("*.example.com", ("https", "a.b.example.com", 443), True),
        ("*.example.com", ("https", "example.com", 443), False),
        ("*.example.com", ("https", "evilexample.com", 443), False),
        ("http://localhost:8080", ("http", "localhost", 8080), True),
        ("http://localhost:8080", ("https", "localhost", 8080), False),
    ],
)
def test_rule_covers_its_own_origins_only(written: str, origin: tuple[str, str, int], is_covered: bool) -> None:
    assert parse_host(written).covers(*origin) is is_covered
