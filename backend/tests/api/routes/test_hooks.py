"""Hooks are created, changed, listed and deleted; their secrets are never shown."""

from __future__ import annotations

from typing import Any

import pytest

from app.storage.hooks.refusals import MOST_REFUSALS
from tests.api.client import Api
from tests.api.hooks import SECRET, Hooked
from tests.servers import fetch


def create(hooked: Hooked, **body: Any) -> tuple[int, Any]:
    response = hooked.api.post("/hooks", json=body)
    return response.status_code, response.json()


def test_hook_is_shown_without_its_secrets(hooked: Hooked) -> None:
    name = hooked.make("hmac", ["s3cret-one", "s3cret-two"], header="X-Sign", prefix="v1=", verify_token="t0ken-3")

    shown = hooked.api.get(f"/hooks/{name}")
    listed = hooked.api.get("/hooks?limit=1000")

    hook = shown.json()
    assert {key: hook[key] for key in hook if key not in ("id", "created_at", "updated_at")} == {
        "name": name,
        "scheme": "hmac",
        "url": f"{hooked.api.url}/hooks/{name}",
        "secrets": 2,
        "header": "X-Sign",
        "algorithm": "sha256",
        "encoding": "hex",
        "prefix": "v1=",
        "has_verify_token": True,
        "is_active": True,
        "refused": 0,
    }
    assert hook in listed.json()
    assert not any(secret in shown.text + listed.text for secret in ("s3cret", "t0ken"))


def test_secrets_are_sealed_in_the_database(hooked: Hooked) -> None:
    name = hooked.make(secret="s3cret-of-this-hook", verify_token="t0ken-of-this-hook")
    url = hooked.api.app.state.context.settings.database_url  # type: ignore[union-attr]

    ((secrets, token),) = fetch(url, f"SELECT sealed_secrets, sealed_verify_token FROM hooks WHERE name = '{name}'")

    assert not any(text in bytes(secrets) + bytes(token) for text in (b"s3cret", b"t0ken"))


def test_saves_are_audited_without_secrets(hooked: Hooked) -> None:
    name = hooked.make(secret="s3cret-of-a-deed")
    hooked.change(name, secret="s3cret-of-another", is_active=False)
    hooked.api.delete(f"/hooks/{name}")
    url = hooked.api.app.state.context.settings.database_url  # type: ignore[union-attr]

    query = f"SELECT action, detail FROM audit WHERE thing = 'hook' AND detail ->> 'name' = '{name}' ORDER BY id"
    assert fetch(url, query) == [
        ("save", {"name": name, "scheme": "github"}),
        ("save", {"name": name, "scheme": "github", "changed": ["is_active", "secret"]}),
        ("delete", {"name": name}),
    ]


def test_change_keeps_what_it_leaves_out(hooked: Hooked) -> None:
    name = hooked.make("hmac", "one", header="X-Sign", encoding="base64", verify_token="t")

    changed = hooked.change(name, secret=["two", "one"], prefix="v1=")

    kept = {key: changed[key] for key in ("scheme", "secrets", "header", "encoding", "prefix", "has_verify_token")}
    assert kept == {
        "scheme": "hmac",
        "secrets": 2,
        "header": "X-Sign",
        "encoding": "base64",
        "prefix": "v1=",
        "has_verify_token": True,
    }
    assert hooked.change(name, verify_token=None)["has_verify_token"] is False
    assert "header" not in hooked.change(name, scheme="stripe", secret="whsec_1")
    assert hooked.change(name, scheme="none")["secrets"] == 0


def test_deleted_hook_is_gone(hooked: Hooked) -> None:
    name = hooked.make()

    assert hooked.api.delete(f"/hooks/{name}").json() == {"status": "deleted"}

    for response in (
        hooked.api.get(f"/hooks/{name}"),
        hooked.api.put(f"/hooks/{name}", json={}),
        hooked.api.delete(f"/hooks/{name}"),
        hooked.api.get(f"/hooks/{name}/refused"),
    ):
        assert (response.status_code, response.json()) == (404, {"detail": f"Hook {name} does not exist."})


@pytest.mark.parametrize("name", ["%00", "a b", "é", "x" * 101, "%F0%9F%98%80", ".x"])
def test_name_that_no_hook_can_have_is_unknown(hooked: Hooked, name: str) -> None:
    assert hooked.api.get(f"/hooks/{name}").status_code == 404
    assert hooked.api.delete(f"/hooks/{name}").status_code == 404


def test_second_hook_of_a_name_is_refused(hooked: Hooked) -> None:
    name = hooked.make()

    assert create(hooked, name=name, scheme="none") == (
        409,
        {"detail": f"Hook {name} exists already; change it with PUT /hooks/{name}."},
    )


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"scheme": "github"}, "`secret` is missing; the scheme github needs the one that the sender uses."),
        (
            {"scheme": "none", "secret": "s"},
            "`secret` is given, but the scheme none verifies nothing; leave it out.",
        ),
        (
            {"scheme": "standard", "secret": ["whsec_MfKQ", "s p"]},
            "`secret` of the scheme standard must be base64, with or without whsec_ before it.",
        ),
        (
            {"scheme": "basic", "secret": "user"},
            "`secret` of the scheme basic must be a user and a password with a colon between them,"
            " as in user:password.",
        ),
        (
            {"scheme": "bearer", "secret": "two words"},
            "`secret` of the scheme bearer must be a token of visible ASCII characters, which a header can carry.",
        ),
        (
            {"scheme": "hmac", "secret": "s"},
            "`header` is missing; the scheme hmac needs the name of the header of the signature.",
        ),
        (
            {"scheme": "github", "secret": "s", "prefix": "x"},
            "`prefix` is given, which the scheme github does not have; only hmac has it.",
        ),
    ],
)
def test_hook_that_fits_no_scheme_is_refused(hooked: Hooked, body: dict[str, Any], sentence: str) -> None:
    assert create(hooked, name="odd", **body) == (422, {"detail": sentence})


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"name": "a/b"}, {"name": ""}, {"name": "a\n"}, {"scheme": "x"}, {"secret": []}, {"secret": ""}),
        *({"secret": ["s"] * 11}, {"secret": "\ud800"}, {"secret": "a\u0000"}, {"secret": 7}, {"header": "a b"}),
        *({"algorithm": "md5"}, {"encoding": "hexa"}, {"prefix": "é"}, {"is_active": 1}, {"surprise": 1}),
    ],
)
def test_wrong_member_is_refused(hooked: Hooked, body: dict[str, Any]) -> None:
    valid = {} if body == {} else {"name": "odd", "scheme": "hmac", "secret": "s", "header": "X-Sign"}

    status, answer = create(hooked, **{**valid, **body})

    assert status == 422, answer


def test_scheme_changes_with_a_new_secret_only(hooked: Hooked) -> None:
    name = hooked.make()

    response = hooked.api.put(f"/hooks/{name}", json={"scheme": "stripe"})

    assert (response.status_code, response.json()["detail"]) == (
        422,
        "`secret` is missing; the scheme stripe needs the one that the sender uses.",
    )


def test_secret_needs_a_key_that_seals_it(api: Api) -> None:
    for body in ({"scheme": "github", "secret": "s"}, {"scheme": "none", "verify_token": "t"}):
        refused = api.post("/hooks", json={"name": "h", **body})
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith("SECRETS_KEY is not set, so no secret can be stored; set it")

    assert api.post("/hooks", json={"name": "h", "scheme": "none"}).status_code == 201


def test_refused_deliveries_are_listed_with_the_reason(hooked: Hooked) -> None:
    name = hooked.make()
    before = hooked.api.get(f"/hooks/{name}").json()["refused"]

    hooked.deliver(name, X_GitHub_Delivery="72d3162e")
    hooked.deliver_signed(name, secret="wrong", X_GitHub_Delivery="x" * 5000)

    newest, older = hooked.refused(name)
    assert set(newest) == {"at", "reason", "delivery_id", "address"}
    assert newest["reason"].startswith("The signature in X-Hub-Signature-256 fits no secret of this hook;")
    assert newest["delivery_id"] == "x" * 200
    assert older["reason"].startswith("The delivery has no header X-Hub-Signature-256;")
    assert (older["delivery_id"], older["address"]) == ("72d3162e", "127.0.0.1")
    assert hooked.api.get(f"/hooks/{name}").json()["refused"] == before + 2


def test_newest_refused_deliveries_are_kept(hooked: Hooked) -> None:
    name = hooked.make()

    for number in range(MOST_REFUSALS + 20):
        hooked.deliver(name, X_GitHub_Delivery=str(number))
        if number == 30:
            assert len(hooked.refused(name)) == 31

    expected = [str(number) for number in range(MOST_REFUSALS + 19, 19, -1)]
    assert [each["delivery_id"] for each in hooked.refused(name)] == expected
    assert hooked.api.get(f"/hooks/{name}").json()["refused"] == MOST_REFUSALS + 20


def test_deleted_hook_takes_its_list_along(hooked: Hooked) -> None:
    name = hooked.make()
    hooked.deliver(name)
    assert len(hooked.refused(name)) == 1

    hooked.api.delete(f"/hooks/{name}")

    again = hooked.api.post("/hooks", json={"name": name, "scheme": "github", "secret": SECRET})
    assert (again.status_code, again.json()["refused"], hooked.refused(name)) == (201, 0, [])
