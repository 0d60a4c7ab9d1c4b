"""``/secrets``: values go in and never come out; every refusal is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.secrets.box import KEY_MISSING
from app.settings import Settings
from tests.api.client import Api
from tests.servers import NOWHERE, fetch

KEY = "bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4="
VALUE = "canary-4711-value"


def with_key(api: Api, database_url: str, key: str) -> Api:
    """The same API process with this SECRETS_KEY."""
    assert api.app is not None
    settings = Settings(database_url=database_url, workflows_dir=NOWHERE, secrets_key=key)
    api.app.state.context = replace(api.app.state.context, settings=settings)
    return api


@pytest.fixture
def keyed(api: Api, database_url: str) -> Iterator[Api]:
    assert api.app is not None
    before = api.app.state.context
    yield with_key(api, database_url, KEY)
    api.app.state.context = before


def put(api: Api, name: str = "TOKEN", value: Any = VALUE) -> Any:
    return api.put(f"/secrets/{name}", json={"value": value})


def detail(response: Any, status: int) -> Any:
    assert response.status_code == status, response.text
    return response.json()["detail"]


def caller(name: str, **data: Any) -> dict[str, Any]:
    """A workflow of one call."""
    call = {"id": "call", "type": "http_call", "data": {"url": "https://api.example.com/", **data}}
    return {"name": name, "trigger": False, "graph": {"nodes": [call], "edges": []}}


def test_value_goes_in_and_never_comes_out(keyed: Api, database_url: str) -> None:
    created = put(keyed)
    shown = keyed.get("/secrets/TOKEN")
    listed = keyed.get("/secrets")

    assert created.status_code == 201
    assert created.json() == shown.json() == listed.json()[0]
    assert created.json().keys() == {"name", "updated_at", "used_by"}
    assert VALUE not in created.text + shown.text + listed.text
    ((sealed,),) = fetch(database_url, "SELECT sealed FROM secrets")
    assert VALUE.encode() not in bytes(sealed)


def test_second_value_replaces_the_first(keyed: Api, database_url: str) -> None:
    put(keyed)

    again = put(keyed, value="another-value")
    same = put(keyed, value="another-value")

    assert (again.status_code, same.status_code) == (200, 200)
    assert again.json()["updated_at"] < same.json()["updated_at"]
    # The one that it had, once: the same value again is no other one.
    assert fetch(database_url, "SELECT name FROM former_secrets") == [("TOKEN",)]


def test_former_values_are_limited(keyed: Api, database_url: str) -> None:
    for number in range(12):
        put(keyed, value=f"value-{number}")

    assert fetch(database_url, "SELECT count(*) FROM former_secrets") == [(8,)]


def test_deleted_secret_is_gone_and_can_return(keyed: Api) -> None:
    put(keyed)

    deleted = keyed.delete("/secrets/TOKEN")

    assert deleted.json() == {"status": "deleted", "used_by": []}
    assert keyed.get("/secrets").json() == []
    assert detail(keyed.get("/secrets/TOKEN"), 404) == "Secret TOKEN does not exist."
    assert detail(keyed.delete("/secrets/TOKEN"), 404) == "Secret TOKEN does not exist."
    assert put(keyed).status_code == 201


def test_without_key_put_is_refused(api: Api) -> None:
    assert detail(put(api), 409) == KEY_MISSING
    assert api.get("/secrets").json() == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("abc", "The value of the secret TOKEN has 3 characters; a secret needs at least 4."),
        ("  a \n", "The value of the secret TOKEN has 1 characters; a secret needs at least 4."),
        ("x" * 65_537, "The value of the secret TOKEN has 65,537 characters; a secret may have 65,536."),
        ("abc\ud800", "The value of the secret TOKEN is not Unicode: character 3 is half of a surrogate pair."),
    ],
)
def test_value_that_cannot_be_secret_is_refused(keyed: Api, value: str, sentence: str) -> None:
    assert detail(put(keyed, value=value), 422) == sentence


@pytest.mark.parametrize("body", [{"value": 4711_4711}, {"value": None}, {}, {"value": VALUE, "note": "x"}])
def test_other_bodies_are_refused_without_the_value(keyed: Api, body: Any) -> None:
    answer = keyed.put("/secrets/TOKEN", json=body)

    assert detail(answer, 422)
    assert "4711" not in answer.text


@pytest.mark.parametrize("name", ["1A", "A%20B", "A.B", "%C3%BC", "x" * 101, "A%00", "-A"])
def test_name_that_templates_cannot_write_is_refused(keyed: Api, name: str) -> None:
    assert "cannot have this name; use at most 100 letters" in detail(put(keyed, name), 422)
    assert "does not exist" in detail(keyed.get(f"/secrets/{name}"), 404)
    assert "does not exist" in detail(keyed.delete(f"/secrets/{name}"), 404)


def test_uses_are_those_of_current_documents(keyed: Api) -> None:
    put(keyed)
    using = keyed.save(**caller("using", headers={"X-A": "a {{ secret.TOKEN }}"}))
    keyed.save(**caller("similar", headers={"X-A": "{{ secret.TOKEN_2 }} secret.TOKEN"}))
    inner = {"nodes": [{"id": "n", "type": "transform", "data": {"set": {"a": "{{ secret.TOKEN }}"}}}], "edges": []}
    nested = keyed.save(
        name="nested",
        trigger=False,
        graph={"nodes": [{"id": "s", "type": "sub_workflow", "data": {"graph": inner}}], "edges": []},
    )
    bearer = {"type": "bearer", "token": "TOKEN", "hosts": ["api.example.com"]}
    assert keyed.put("/credentials/api", json=bearer).status_code == 201

    expected = [
        {"kind": "credential", "id": None, "name": "api"},
        {"kind": "workflow", "id": nested["id"], "name": "nested"},
        {"kind": "workflow", "id": using["id"], "name": "using"},
    ]
    assert keyed.get("/secrets/TOKEN").json()["used_by"] == expected
    assert keyed.get("/secrets").json()[0]["used_by"] == expected

    keyed.delete(f"/workflows/{nested['id']}")
    keyed.put(f"/workflows/{using['id']}", json=caller("using"))
    assert keyed.delete("/secrets/TOKEN").json()["used_by"] == expected[:1]


def test_unknown_names_are_warnings(keyed: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    put(keyed)
    monkeypatch.setenv("SECRET_OF_ENVIRONMENT", "value")
    texts = "{{ secret.TOKEN }} {{ secret.OF_ENVIRONMENT }} {{ secret.MISSING }}"

    saved = keyed.save(**caller("w", headers={"X-A": texts}, auth="nowhere"))

    assert [(each["code"], each["message"], each["pointer"]) for each in saved["warnings"]] == [
        (
            "UNKNOWN_SECRET",
            "Node call: headers: the secret MISSING is neither stored nor set as SECRET_MISSING for this API;"
            " store it by PUT /secrets/MISSING.",
            "/graph/nodes/0/data/headers",
        ),
        (
            "UNKNOWN_CREDENTIAL",
            "Node call: auth: the credential nowhere does not exist; store it by PUT /credentials/nowhere.",
            "/graph/nodes/0/data/auth",
        ),
    ]


def test_credential_name_is_never_a_template(api: Api) -> None:
    refused = api.post("/workflows", json=caller("w", auth="{{ payload.auth }}"))

    (problem,) = [*refused.json().get("warnings", []), *refused.json().get("detail", [])][:1]
    assert problem["message"] == (
        'Node call: auth: it is "{{ payload.auth }}"; write the name of a credential, without a template.'
    )


def test_deeds_are_in_the_audit_without_the_value(keyed: Api, database_url: str) -> None:
    put(keyed, "AUDITED")
    keyed.put("/credentials/audited", json={"type": "bearer", "token": "AUDITED", "hosts": ["a.example"]})
    keyed.delete("/credentials/audited")
    keyed.delete("/secrets/AUDITED")

    rows = fetch(database_url, "SELECT action, thing, thing_id, detail FROM audit ORDER BY id DESC LIMIT 4")

    assert rows[::-1] == [
        ("save", "secret", "AUDITED", None),
        ("save", "credential", "audited", None),
        ("delete", "credential", "audited", None),
        ("delete", "secret", "AUDITED", None),
    ]
