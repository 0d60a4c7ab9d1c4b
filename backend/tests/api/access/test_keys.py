"""API keys: made once, sent in one of two headers, refused as soon as they are not valid."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest

from app.access.keys import digest_of
from app.scripts.stack.processes import wait_until
from app.settings import Settings
from tests.api.access.conftest import ADMIN_KEY, MakeKey, with_key
from tests.api.client import Api, running_api
from tests.servers import NOWHERE, execute, fetch


def test_request_without_key_is_refused(anonymous: Api) -> None:
    refused = anonymous.get("/workflows")

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="Trigraph"'
    assert refused.json()["detail"] == ("This request has no credentials; send a key as `Authorization: Bearer tg_…`.")


@pytest.mark.parametrize(
    "key",
    [
        *(ADMIN_KEY[:-1], ADMIN_KEY + "0", ADMIN_KEY.upper(), "tg_"),
        *("tg_" + "a" * 43, "tg_" + "é" * 43, "tg_" + "x" * 10_000),
    ],
)
def test_key_of_another_deployment_is_refused(anonymous: Api, key: str) -> None:
    refused = anonymous.get("/me", headers={"X-API-Key": key.encode()})

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="Trigraph", error="invalid_token"'
    assert refused.json()["detail"].endswith("… is not valid here: it was revoked, or this deployment did not make it.")


def test_key_is_taken_from_either_header(anonymous: Api, make_key: MakeKey) -> None:
    key = make_key("events:write", name="sender")["key"]

    for headers in (
        {"Authorization": f"bearer  {key}"},
        {"X-API-Key": key},
        {"Authorization": "Basic eA==", "X-API-Key": key},
    ):
        assert anonymous.get("/me", headers=headers).json() == {
            "name": "sender",
            "kind": "key",
            "scopes": ["events:write"],
            "workflow_prefix": None,
            "auth": "keys",
            "environment": "dev",
        }


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpwYXNz", "Bearer ", "Bearer", "Bearer    "])
def test_authorization_of_another_kind_admits_nobody(anonymous: Api, make_key: MakeKey, authorization: str) -> None:
    beside = {"Authorization": authorization, "X-API-Key": make_key("workflows:read")["key"]}

    admitted = [anonymous.get("/workflows", headers=beside).status_code for _ in range(3)]
    alone = anonymous.get("/workflows", headers={"Authorization": authorization})
    guessed = anonymous.get("/workflows", headers={**beside, "X-API-Key": "tg_guessed"})

    assert admitted == [200] * 3
    assert (alone.status_code, guessed.status_code) == (401, 401)


def test_only_a_digest_of_the_key_is_kept(admin: Api, make_key: MakeKey, guarded_database_url: str) -> None:
    made = make_key("events:write")

    listed = next(key for key in admin.get("/keys").json() if key["id"] == made["id"])
    rows = fetch(guarded_database_url, f"SELECT digest, k::text FROM api_keys k WHERE id = '{made['id']}'")

    assert "key" not in listed
    assert listed["prefix"] == made["key"][:9]
    assert bytes(rows[0][0]) == digest_of(made["key"])
    assert made["key"] not in rows[0][1]


def test_key_without_the_scope_is_refused_by_name(client_with: Callable[..., Api]) -> None:
    refused = client_with("events:write", name="sender").get("/workflows")

    assert refused.status_code == 403
    assert refused.headers["WWW-Authenticate"].endswith('error="insufficient_scope", scope="workflows:read"')
    assert refused.json()["detail"] == (
        "The key sender does not have the scope workflows:read, which this request needs."
    )


def test_revoked_key_is_refused_in_mid_use(anonymous: Api, admin: Api, make_key: MakeKey) -> None:
    made = make_key("events:write")
    client = with_key(anonymous, made["key"])
    assert client.post("/events", json={}).status_code == 200

    assert admin.delete(f"/keys/{made['id']}").json() == {"status": "revoked"}

    assert wait_until(lambda: client.post("/events", json={}).status_code == 401, seconds=30)
    assert admin.delete(f"/keys/{made['id']}").status_code == 404
    assert made["id"] not in [key["id"] for key in admin.get("/keys").json()]


def test_other_processes_learn_of_keys(admin: Api, make_key: MakeKey, guarded_database_url: str) -> None:
    settings = Settings(database_url=guarded_database_url, workflows_dir=NOWHERE, auth="keys")
    with running_api(settings) as other:
        made = make_key("events:write")
        client = with_key(other, made["key"])
        assert client.get("/me").status_code == 200

        admin.delete(f"/keys/{made['id']}")

        assert wait_until(lambda: client.get("/me").status_code == 401, seconds=30)


def test_expired_key_is_refused(anonymous: Api, make_key: MakeKey, guarded_database_url: str) -> None:
    soon = datetime.now(timezone.utc) + timedelta(hours=1)
    made = make_key("events:write", expires_at=soon.isoformat())
    assert with_key(anonymous, made["key"]).get("/me").status_code == 200

    execute(guarded_database_url, f"UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE id = '{made['id']}'")
    execute(guarded_database_url, "UPDATE access_revision SET revision = revision + 1")

    def refused() -> bool:
        response = with_key(anonymous, made["key"]).get("/me")
        return response.status_code == 401 and f"The key {made['prefix']}… expired at" in response.json()["detail"]

    assert wait_until(refused, seconds=30)


def test_key_that_has_expired_already_is_not_made(admin: Api) -> None:
    refused = admin.post("/keys", json={"name": "x", "scopes": ["admin"], "expires_at": "2020-01-01T00:00:00Z"})

    assert refused.status_code == 422
    assert refused.json()["detail"] == "`expires_at` is 2020-01-01T00:00:00+00:00, which is not in the future."


@pytest.mark.parametrize("scope", ["admin", "secrets:write"])
def test_scope_of_the_whole_deployment_cannot_be_bound(admin: Api, scope: str) -> None:
    body = {"name": "x", "scopes": ["events:write", scope], "workflow_prefix": "sales-"}

    refused = admin.post("/keys", json=body)

    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        f"A key with the scope {scope} cannot have a `workflow_prefix`: it reaches the whole deployment."
    )


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": " ", "scopes": ["admin"]},
        {"name": "x", "scopes": ["root"]},
        {"name": "x", "scopes": ["admin"], "colour": "red"},
        {"name": "x", "scopes": ["admin"], "expires_at": "tomorrow"},
        {"name": "x", "scopes": ["events:write"], "requests_per_second": 0},
        {"name": "x", "scopes": ["events:write"], "workflow_prefix": ""},
        {"name": "x\u0000", "scopes": ["events:write"]},
        [],
    ],
)
def test_body_that_describes_no_key_is_refused(admin: Api, body: object) -> None:
    assert admin.post("/keys", json=body).status_code == 422


def test_two_keys_of_one_name_are_valid_at_once(anonymous: Api, make_key: MakeKey) -> None:
    keys = [make_key("events:write", name="rotated")["key"] for _ in range(2)]

    assert [with_key(anonymous, key).get("/me").status_code for key in keys] == [200, 200]


def test_last_use_is_noted(anonymous: Api, admin: Api, make_key: MakeKey) -> None:
    made = make_key("events:write")
    assert made["last_used_at"] is None

    with_key(anonymous, made["key"]).get("/me")

    def noted() -> bool:
        keys = {key["id"]: key["last_used_at"] for key in admin.get("/keys").json()}
        return keys[made["id"]] is not None

    assert wait_until(noted, seconds=30)


def test_body_is_not_read_before_the_caller_is_known(anonymous: Api) -> None:
    address = urlsplit(anonymous.url)
    head = f"POST /events HTTP/1.1\r\nHost: {address.netloc}\r\nTransfer-Encoding: chunked\r\n\r\n"

    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(head.encode() + b"1\r\n{\r\n")
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 401 ")


def test_unknown_parameter_is_judged_after_the_caller(anonymous: Api) -> None:
    assert anonymous.get("/workflows?colour=red").status_code == 401


def test_noisy_sender_does_not_starve_others(anonymous: Api, make_key: MakeKey) -> None:
    noisy = with_key(anonymous, make_key("events:write", name="noisy", requests_per_second=5)["key"])
    quiet = with_key(anonymous, make_key("events:write")["key"])

    answers = [noisy.post("/events", json={}) for _ in range(60)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert refused[0].json()["detail"].endswith("may make 5 requests a second; try again.")
    assert {quiet.post("/events", json={}).status_code for _ in range(20)} == {200}


def test_bytes_of_a_sender_are_limited(anonymous: Api, make_key: MakeKey) -> None:
    client = with_key(anonymous, make_key("events:write", bytes_per_minute=1000)["key"])

    answers = [client.post("/events", json={"text": "x" * 400}) for _ in range(6)]
    chunked = client.post("/events", data=iter([b'{"text": "', b"x" * 400, b'"}']))
    large = client.post("/events", json={"text": "x" * 2000})

    assert answers[0].status_code == 200
    assert answers[-1].status_code == chunked.status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 120
    assert large.status_code == 413
    assert large.json()["detail"].startswith("The body has 2012 bytes; The key ci")
