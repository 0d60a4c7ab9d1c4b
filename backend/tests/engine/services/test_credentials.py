"""Credentials at real servers: which headers arrive where, and how tokens are fetched."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime, timezone
from math import inf
from typing import Any
from urllib.parse import parse_qs

import pytest

from app.engine.handlers.llm import Llm
from app.engine.registry import Services
from app.engine.services.credentials import ClientCredentials, authorize
from app.engine.services.http.authorization import Authorization
from app.engine.services.http.exchange import Answer
from app.engine.services.http.tokens import Token, TokenCache
from app.engine.services.language_model import LanguageModel
from app.engine.toolkit.http_calls import HttpRequestData, make_call
from app.errors import StepFailed
from app.secrets.credentials import read_credential
from app.storage.stored_secrets import CredentialRow
from tests.odd_server import OddServer, Received, redirect, response

SECRETS = {"TOKEN": "canary-token-4711", "PASSWORD": "canary pässword", "BROKEN": "canary\nbroken"}
BEARER = f"Bearer {SECRETS['TOKEN']}"


@dataclass
class Caller:
    """Makes calls with one credential."""

    type: str
    hosts: list[str]
    settings: dict[str, Any]
    tokens: TokenCache = field(default_factory=TokenCache)
    #: Values that were learned for the redaction.
    learned: set[str] = field(default_factory=set)

    def authorize(self, name: str = "c") -> Authorization:
        row = CredentialRow(name, self.type, self.hosts, self.settings, datetime.now(timezone.utc))
        return authorize(read_credential(row), SECRETS.get, self.tokens, self.learned.update)

    async def call(self, url: str, **data: Any) -> Answer:
        services = Services(idempotency_key="k", allow_private_addresses=True, authorize=self.authorize)
        given = HttpRequestData.model_validate({"url": url, "auth": "c", **data})
        return await make_call(given, services, fail_on_status=False)

    def call_many(self, *urls: str) -> list[Answer]:
        async def gather() -> list[Answer]:
            return await asyncio.gather(*(self.call(url) for url in urls))

        return asyncio.run(gather())

    def failure(self, url: str, **data: Any) -> StepFailed:
        with pytest.raises(StepFailed) as failed:
            asyncio.run(self.call(url, **data))
        assert "canary" not in str(failed.value)
        return failed.value


def bearer(*hosts: str) -> Caller:
    return Caller("bearer", list(hosts), {"token": "TOKEN"})


def oauth(server: OddServer, **settings: Any) -> Caller:
    client = {"token_url": f"{server.url}/token", "client_id": "me", "client_secret": "PASSWORD"}
    return Caller("oauth2_client", [server.url], {**client, **settings})


def sent(server: OddServer, header: str = "Authorization") -> list[str | None]:
    """The values of a header in the requests that a server received."""
    return [request.headers.get(header) for request in server.received]


# --- What arrives where ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "settings", "header", "value"),
    [
        ("bearer", {"token": "TOKEN"}, "Authorization", BEARER),
        ("basic", {"username": "me", "password": "TOKEN"}, "Authorization", "Basic bWU6Y2FuYXJ5LXRva2VuLTQ3MTE="),
        ("header", {"header": "X-Key", "value": "TOKEN"}, "X-Key", SECRETS["TOKEN"]),
        ("header", {"header": "X-Key", "value": "TOKEN", "prefix": "Key "}, "X-Key", f"Key {SECRETS['TOKEN']}"),
    ],
)
def test_credential_arrives_at_its_host(
    odd: OddServer, type: str, settings: dict[str, Any], header: str, value: str
) -> None:
    (answer,) = Caller(type, [odd.url], settings).call_many(odd.url + "/a")

    assert answer.status_code == 200
    assert sent(odd, header) == [value]


def test_other_host_gets_no_request_at_all(odd: OddServer, other: OddServer) -> None:
    failed = bearer(odd.url).failure(other.url)

    assert str(failed) == f"GET {other.url}: the credential c is not sent to {other.url}; its hosts are {odd.url}."
    assert (failed.kind, failed.retry) == ("InvalidAuth", False)
    assert odd.received == other.received == []


def test_plain_http_needs_a_host_that_names_it(odd: OddServer) -> None:
    failed = bearer(f"{odd.host}:{odd.port}").failure(odd.url)

    assert f"the credential c is not sent to {odd.url}; its hosts are {odd.host}:{odd.port}." in str(failed)
    assert odd.received == []


def test_redirect_at_the_same_host_keeps_the_credential(odd: OddServer) -> None:
    odd.reply("/from", redirect(307, "/to"))

    bearer(odd.url).call_many(odd.url + "/from")

    assert sent(odd) == [BEARER, BEARER]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_another_host_never_takes_it_along(odd: OddServer, other: OddServer, status: int) -> None:
    odd.reply("/from", redirect(status, other.url + "/middle"))
    other.reply("/middle", redirect(status, odd.url + "/back"))

    # Also if both hosts are named: it was meant for the one that the author wrote.
    bearer(odd.url, other.url).call_many(odd.url + "/from")

    assert sent(odd) == [BEARER, None]
    assert sent(other) == [None]


def test_header_of_any_name_does_not_follow_a_redirect(odd: OddServer, other: OddServer) -> None:
    odd.reply("/from", redirect(302, other.url + "/to"))

    Caller("header", [odd.url], {"header": "Accept-Language", "value": "TOKEN"}).call_many(odd.url + "/from")

    assert sent(odd, "Accept-Language") == [SECRETS["TOKEN"]]
    assert sent(other, "Accept-Language") == [None]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"headers": {"Host": "elsewhere"}}, "headers has Host, which the credential c does not allow; remove it."),
        (
            {"headers": {"authorization": "mine"}},
            "headers has Authorization, and the credential c sends Authorization; keep one of them.",
        ),
    ],
)
def test_headers_cannot_replace_or_redirect_it(odd: OddServer, data: dict[str, Any], sentence: str) -> None:
    failed = bearer(odd.url).failure(odd.url, **data)

    assert str(failed) == f"GET {odd.url}: {sentence}"
    assert odd.received == []


def test_user_in_the_url_and_credential_exclude_each_other(odd: OddServer) -> None:
    failed = bearer(odd.url).failure(odd.url.replace("//", "//me:pw@"))

    assert str(failed).endswith("the URL has a user, and the credential c sends Authorization; keep one of them.")


def test_secret_that_a_header_cannot_carry_is_named(odd: OddServer) -> None:
    failed = Caller("bearer", [odd.url], {"token": "BROKEN"}).failure(odd.url)

    assert str(failed) == (
        "The secret BROKEN has a line break or another control character, which a header cannot carry."
    )


def test_missing_secret_is_named(odd: OddServer) -> None:
    failed = Caller("bearer", [odd.url], {"token": "MISSING"}).failure(odd.url)

    assert str(failed) == (
        "The credential c needs the secret MISSING, which does not exist; store it by PUT /secrets/MISSING."
    )


# --- OAuth 2 --------------------------------------------------------------------------------------------------------


def tokens_of(server: OddServer, **answer: Any) -> None:
    """Let ``/token`` give token-1, token-2 and so on."""

    def reply(request: Received) -> bytes:
        number = len(server.at("/token"))
        token = {"access_token": f"canary-access-{number}", "token_type": "bearer", "expires_in": 3600, **answer}
        return response(json.dumps(token).encode(), "Content-Type: application/json")

    server.reply("/token", reply)


def refuse(server: OddServer, *refused: str) -> None:
    """Let ``/api`` answer 401 to these tokens."""

    def reply(request: Received) -> bytes:
        is_refused = request.headers.get("Authorization", "").removeprefix("Bearer ") in refused
        return response(b"{}", status="401 Unauthorized" if is_refused else "200 OK")

    server.reply("/api", reply)


def test_many_calls_share_one_token(odd: OddServer) -> None:
    tokens_of(odd)
    caller = oauth(odd, scope="a b")

    answers = caller.call_many(*[odd.url + "/api"] * 40)

    assert {answer.status_code for answer in answers} == {200}
    (asked,) = odd.at("/token")
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["a b"]}
    assert b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"me:canary+p%C3%A4ssword"
    assert {request.headers["Authorization"] for request in odd.at("/api")} == {"Bearer canary-access-1"}
    assert caller.learned == {"canary-access-1"}


def test_client_can_be_named_in_the_body(odd: OddServer) -> None:
    tokens_of(odd)

    oauth(odd, client_auth="body", audience="crm").call_many(odd.url + "/api")

    (asked,) = odd.at("/token")
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "audience": ["crm"],
        "client_id": ["me"],
        "client_secret": [SECRETS["PASSWORD"]],
    }
    assert "Authorization" not in asked.headers


def test_refused_token_is_fetched_again_once_for_all(odd: OddServer) -> None:
    tokens_of(odd)
    refuse(odd, "canary-access-1")
    caller = oauth(odd)

    answers = caller.call_many(*[odd.url + "/api"] * 20)

    assert {answer.status_code for answer in answers} == {200}
    assert len(odd.at("/token")) == 2
    assert caller.learned == {"canary-access-1", "canary-access-2"}


def test_second_refusal_is_the_result(odd: OddServer) -> None:
    tokens_of(odd)
    refuse(odd, "canary-access-1", "canary-access-2")

    (answer,) = oauth(odd).call_many(odd.url + "/api")

    assert answer.status_code == 401
    assert (len(odd.at("/token")), len(odd.at("/api"))) == (2, 2)


def test_fixed_header_is_not_sent_again_after_401(odd: OddServer) -> None:
    refuse(odd, SECRETS["TOKEN"])

    (answer,) = bearer(odd.url).call_many(odd.url + "/api")

    assert (answer.status_code, len(odd.received)) == (401, 1)


@pytest.mark.parametrize("life", [0, -1, "0"])
def test_token_without_life_serves_one_call(odd: OddServer, life: Any) -> None:
    tokens_of(odd, expires_in=life)
    caller = oauth(odd)

    caller.call_many(odd.url + "/api")
    caller.call_many(odd.url + "/api")

    assert [request.headers["Authorization"] for request in odd.at("/api")] == [
        "Bearer canary-access-1",
        "Bearer canary-access-2",
    ]


def keep_token(caller: Caller, *, expires_at: float) -> None:
    """Have a token in the cache that is due for renewal."""
    authorization = caller.authorize()
    assert isinstance(authorization, ClientCredentials)
    caller.tokens._tokens[authorization.client] = Token("canary-kept", 0.0, expires_at)


def test_token_is_fetched_before_it_expires(odd: OddServer) -> None:
    tokens_of(odd)
    caller = oauth(odd)
    keep_token(caller, expires_at=inf)

    caller.call_many(odd.url + "/api")

    assert odd.at("/api")[0].headers["Authorization"] == "Bearer canary-access-1"
    assert caller.learned == {"canary-kept", "canary-access-1"}


def test_valid_token_serves_while_its_endpoint_is_down(odd: OddServer) -> None:
    odd.reply("/token", response(status="503 Down"))
    caller = oauth(odd)
    keep_token(caller, expires_at=inf)

    caller.call_many(odd.url + "/api")
    keep_token(caller, expires_at=0.0)
    failed = caller.failure(odd.url + "/api")

    assert odd.at("/api")[0].headers["Authorization"] == "Bearer canary-kept"
    assert str(failed) == "The credential c got no token: its endpoint answered 503."


@pytest.mark.parametrize(
    ("reply", "sentence", "may_retry"),
    [
        (response(b'{"error": "invalid_client"}', status="401 No"), "answered 401 (invalid_client).", False),
        (response(b'{"error": "canary pw!"}', status="400 Bad"), "answered 400.", False),
        (response(b"canary", status="500 Error"), "answered 500.", True),
        (response(b"slow down", status="429 Slow"), "answered 429.", True),
        (redirect(302, "/elsewhere"), "answered 302.", False),
        (response(b"<html>canary"), "the answer of its endpoint has no access_token that can be sent.", True),
        (response(b'["canary"]'), "has no access_token that can be sent.", True),
        (response(b'{"access_token": "abc"}'), "has no access_token that can be sent.", True),
        (response(b'{"access_token": "canary\\nbroken"}'), "has no access_token that can be sent.", True),
        (response(b'{"access_token": 47114711}'), "has no access_token that can be sent.", True),
        (
            response(b'{"access_token": "canary", "token_type": "canary"}'),
            "the answer of its endpoint has a token_type other than Bearer.",
            True,
        ),
    ],
)
def test_token_endpoint_error_is_named(odd: OddServer, reply: bytes, sentence: str, may_retry: bool) -> None:
    odd.reply("/token", reply)

    failed = oauth(odd).failure(odd.url + "/api")

    assert str(failed).startswith("The credential c got no token: ")
    assert str(failed).endswith(sentence)
    assert failed.retry is may_retry
    assert odd.at("/api") == odd.at("/elsewhere") == []


def test_token_endpoint_that_cannot_be_reached_is_named(odd: OddServer) -> None:
    failed = oauth(odd, token_url="http://127.0.0.1:9/token").failure(odd.url + "/api")

    assert str(failed).startswith("The credential c got no token: POST http://127.0.0.1:9/token: its host does not")


# --- Language models ------------------------------------------------------------------------------------------------


def test_model_is_asked_with_the_credential_of_the_node(odd: OddServer) -> None:
    answer = {"choices": [{"message": {"content": "yes"}}]}
    odd.reply("/v1/chat/completions", response(json.dumps(answer).encode()))
    caller = bearer(odd.url)
    model = LanguageModel(url=f"{odd.url}/v1", key="canary-deployment-key", name="m")
    services = Services(language_model=model, authorize=caller.authorize)

    for data in ({"auth": "c"}, {}):
        given = {"prompt": "why?", **data}
        asyncio.run(Llm().execute(node_id="n", data=given, exec_id="", payload={}, services=services))

    assert sent(odd) == [BEARER, "Bearer canary-deployment-key"]
