"""``/credentials``: secrets by name, hosts with a scheme and a port; every refusal is a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.routes.test_secrets import caller, detail

#: A valid body of each type; SECRET_KNOWN is in the environment.
BODIES: dict[str, dict[str, Any]] = {
    "bearer": {"type": "bearer", "token": "KNOWN", "hosts": ["api.example.com"]},
    "basic": {"type": "basic", "username": "robot", "password": "KNOWN", "hosts": ["*.example.com"]},
    "header": {"type": "header", "header": "X-Key", "value": "KNOWN", "hosts": ["http://localhost:8080"]},
    "oauth2_client": {
        "type": "oauth2_client",
        "token_url": "https://id.example.com/token",
        "client_id": "me",
        "client_secret": "KNOWN",
        "hosts": ["api.example.com:8443"],
    },
}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KNOWN", "a-known-value")


@pytest.mark.parametrize("type", BODIES)
def test_credential_is_stored_as_written(api: Api, type: str) -> None:
    body = BODIES[type]

    created = api.put("/credentials/c", json=body)
    replaced = api.put("/credentials/c", json=body)

    assert (created.status_code, replaced.status_code) == (201, 200), created.text
    (listed,) = api.get("/credentials").json()
    assert listed == replaced.json() == api.get("/credentials/c").json()
    assert {**listed, **body} == listed
    assert listed["used_by"] == []


def test_credential_that_is_used_can_be_deleted(api: Api) -> None:
    api.put("/credentials/c", json=BODIES["bearer"])
    using = api.save(**caller("using", auth="c"))
    api.save(**caller("other", body={"auth": "c"}))

    deleted = api.delete("/credentials/c")

    used_by = [{"kind": "workflow", "id": using["id"], "name": "using"}]
    assert deleted.json() == {"status": "deleted", "used_by": used_by}
    assert detail(api.get("/credentials/c"), 404) == "Credential c does not exist."
    assert detail(api.delete("/credentials/c"), 404) == "Credential c does not exist."


HOST_REMEDY = "write a host as in api.example.com, *.example.com, api.example.com:8443 or http://localhost:8080."


@pytest.mark.parametrize(
    ("type", "changed", "sentence"),
    [
        ("bearer", {"type": "digest"}, 'type is "digest"; it must be one of bearer, basic, header, oauth2_client.'),
        ("bearer", {"type": None}, "type is null; it must be one of bearer, basic, header, oauth2_client."),
        ("bearer", {"hosts": []}, "hosts has 0 entries; name 1 to 100 hosts that may be sent this."),
        ("bearer", {"hosts": ["a.example/x"]}, f'hosts: "a.example/x" is not a host; {HOST_REMEDY}'),
        (
            "bearer",
            {"hosts": ["*.com"]},
            'hosts: "*.com" is too wide; write at least two names after *., as in *.example.com.',
        ),
        (
            "bearer",
            {"token": "ghp_plainvalue"},
            "token must be the name of a secret that exists, and not its value; store the value by"
            " PUT /secrets/{name} first.",
        ),
        (
            "basic",
            {"username": "a:b"},
            "username has a colon, which ends it in HTTP's basic authentication; remove it.",
        ),
        (
            "basic",
            {"username": "a\nb"},
            "username has a line break or another control character; remove it.",
        ),
        (
            "header",
            {"header": "X Key"},
            'header is "X Key"; the name of a header has letters, digits and - only.',
        ),
        ("header", {"header": "Host"}, 'header is "Host", which the client sets itself; name another header.'),
        (
            "oauth2_client",
            {"token_url": "http://id.example.com/token"},
            "token_url is sent without encryption to http://id.example.com:80; write https://, or name that place in"
            " hosts.",
        ),
        (
            "oauth2_client",
            {"token_url": "https://me:pw@id.example.com/token"},
            "token_url is not an https:// URL without a user; write https://id.example.com/oauth/token.",
        ),
        (
            "oauth2_client",
            {"token_url": "ftp://id.example.com"},
            "token_url is not an https:// URL without a user; write https://id.example.com/oauth/token.",
        ),
    ],
)
def test_wrong_credential_is_refused(api: Api, type: str, changed: dict[str, Any], sentence: str) -> None:
    refused = api.put("/credentials/c", json={**BODIES[type], **changed})

    assert detail(refused, 422) == sentence
    assert api.get("/credentials").json() == []


@pytest.mark.parametrize("body", [[], "x", {"type": "bearer"}, {**BODIES["bearer"], "value": "x"}])
def test_other_bodies_are_refused(api: Api, body: Any) -> None:
    assert detail(api.put("/credentials/c", json=body), 422)


def test_token_endpoint_by_http_needs_its_place_among_hosts(api: Api) -> None:
    local = {"token_url": "http://localhost:8080/token", "hosts": ["api.example.com", "http://localhost:8080"]}

    assert api.put("/credentials/c", json={**BODIES["oauth2_client"], **local}).status_code == 201


def test_name_with_other_characters_is_refused(api: Api) -> None:
    refused = api.put("/credentials/a b", json=BODIES["bearer"])

    assert detail(refused, 422) == (
        "The credential 'a b' cannot have this name; use at most 100 letters, digits, _ and -, and begin with a letter"
        " or _."
    )
