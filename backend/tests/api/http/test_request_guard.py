"""Pages of other sites cannot use a browser to reach the API; programs can."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.http.request_guard import RequestGuard
from app.settings import Settings
from tests.api.client import Api, running_api
from tests.servers import NOWHERE

OWN = "http://localhost:5173"


@pytest.fixture(scope="module")
def named_api(api_database_url: str) -> Iterator[Api]:
    """An API with ``ALLOWED_HOSTS``, which no test here writes to."""
    hosts = "api, Flows.example.com"
    with running_api(Settings(database_url=api_database_url, workflows_dir=NOWHERE, allowed_hosts=hosts)) as api:
        yield api


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000", "10.0.0.5", "a.localhost", "localhost.", "api:80"],
)
def test_own_host_is_served(named_api: Api, host: str) -> None:
    assert named_api.get("/workflows", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("attacker.example", "localhost.attacker.example", "127.0.0.1.nip.io", "xlocalhost", "flows", "a@localhost"),
        *("localhost:8000@attacker.example", "[::1].attacker.example", "localhost:x", "localhost/..", "0x7f.1", "[::1"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_foreign_host_is_refused(named_api: Api, host: str, method: str) -> None:
    answer = named_api.request(method, "/events", headers={"Host": host}, data="{}" if method == "POST" else None)

    assert answer.status_code == 421
    assert f"The Host {host!r} is not a name of this API; add it to ALLOWED_HOSTS." == answer.json()["detail"]


def test_host_names_are_compared_without_case(named_api: Api) -> None:
    assert named_api.get("/", headers={"Host": "FLOWS.example.com:443"}).status_code == 200


def test_host_of_external_url_is_allowed(settings: Settings) -> None:
    with running_api(settings.model_copy(update={"external_url": "https://flows.example.com/x"})) as api:
        assert api.get("/", headers={"Host": "flows.example.com"}).status_code == 200


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://localhost:9999", "Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_page_of_other_site_cannot_write(api: Api, headers: dict[str, str]) -> None:
    saved = api.save()
    writes = [
        ("POST", "/workflows"),
        ("POST", "/events"),
        ("PUT", f"/workflows/{saved['id']}"),
        ("DELETE", f"/workflows/{saved['id']}"),
        ("POST", "/v1/workflow"),
        ("POST", "/api/workflow"),
        ("POST", "/approvals/links/x"),
    ]

    answers = [
        api.request(method, path, data="{}", headers={**headers, "Content-Type": "text/plain"})
        for method, path in writes
    ]

    assert [answer.status_code for answer in answers] == [403] * len(writes)
    assert all("add its origin to CORS_ORIGINS" in answer.json()["detail"] for answer in answers)
    assert len(api.get("/workflows").json()) == 1
    assert api.get("/events").json() == []


@pytest.mark.parametrize("headers", FOREIGN)
def test_page_of_other_site_can_follow_a_link(api: Api, headers: dict[str, str]) -> None:
    assert api.get("/workflows", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN},
        {"Origin": OWN, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Host": "localhost:8000", "Origin": "http://localhost:8000"},
        {"Host": "localhost:8000", "Origin": "https://LOCALHOST:8000"},
    ],
)
def test_own_page_and_program_can_write(api: Api, headers: dict[str, str]) -> None:
    assert api.post("/events", data='{"a": 1}', headers=headers).status_code == 200


def test_slash_at_end_of_path_does_not_count(api: Api) -> None:
    answer = api.post("/events/", json={}, allow_redirects=False)

    assert answer.status_code == 200
    assert api.get("/workflows/", allow_redirects=False).status_code == 200
    assert api.get("/docs/", allow_redirects=False).status_code == 200


async def answer_ok(scope: Scope, receive: Receive, send: Send) -> None:
    await Response("reached")(scope, receive, send)


@pytest.mark.parametrize(
    ("auth", "address", "status"),
    [
        ("off", "127.0.0.1", 200),
        ("off", "::1", 200),
        ("off", "/run/trigraph.sock", 200),
        ("off", "192.0.2.7", 403),
        ("off", "fd00::7", 403),
        ("keys", "192.0.2.7", 200),
    ],
)
def test_open_api_serves_loopback_addresses_only(auth: str, address: str, status: int) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "server": (address, 8000), "headers": []}
    asyncio.run(RequestGuard(answer_ok, hosts=(), origins=(), is_local=auth == "off")(scope, receive, send))

    assert sent[0]["status"] == status
    if status == 403:
        assert json.loads(sent[1]["body"])["detail"] == (
            f"AUTH=off serves requests at a loopback address only, not at {address}; set AUTH=keys."
        )
