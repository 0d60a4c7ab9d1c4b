"""People: tokens of an OpenID provider, and sessions of the studio that a provider or a key opens."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.access.credentials import COOKIE
from app.settings import Settings
from tests.access.conftest import openid_provider
from tests.access.openid_provider import AUDIENCE, CLIENT, OpenIdProvider
from tests.api.access.conftest import MakeKey
from tests.api.client import Api, running_api
from tests.api.pending_approvals import PendingApprovals
from tests.servers import NOWHERE

__all__ = ["openid_provider"]


@pytest.fixture(scope="module")
def people(openid_provider: OpenIdProvider, guarded_database_url: str, admin: Api) -> Iterator[Api]:
    """A client without credentials of an API with ``AUTH=oidc``, on the database of the others."""
    given = {
        "auth": "oidc",
        "oidc_issuer": openid_provider.issuer,
        "oidc_audience": AUDIENCE,
        "oidc_client_id": CLIENT,
        "oidc_scopes": "ops=admin; sales=workflows:read,executions:read,approvals:decide",
        "cors_origins": "http://studio.example",
    }
    with running_api(Settings(database_url=guarded_database_url, workflows_dir=NOWHERE, **given)) as api:
        yield api


def new_browser(api: Api) -> Api:
    return Api(api.url, api.woken, api.app)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_groups_of_a_person_grant_scopes(people: Api, openid_provider: OpenIdProvider) -> None:
    me = people.get("/me", headers=bearer(openid_provider.token())).json()
    operator = people.get("/me", headers=bearer(openid_provider.token(groups=["ops"], email=None))).json()
    stranger = bearer(openid_provider.token(groups="none of these"))

    assert (me["name"], me["kind"]) == ("ann@example.com", "person")
    assert me["scopes"] == ["approvals:decide", "executions:read", "workflows:read"]
    assert (operator["name"], operator["scopes"]) == ("u1", ["admin"])
    assert people.get("/workflows", headers=stranger).json()["detail"] == (
        "ann@example.com does not have the scope workflows:read, which this request needs."
    )


def test_email_that_is_not_verified_is_no_name(people: Api, openid_provider: OpenIdProvider) -> None:
    token = openid_provider.token(email="boss@example.com", email_verified=False)

    assert people.get("/me", headers=bearer(token)).json()["name"] == "u1"


def test_keys_are_accepted_beside_people(people: Api, make_key: MakeKey) -> None:
    assert people.get("/me", headers=bearer(make_key("events:write", name="ci")["key"])).json()["name"] == "ci"


def test_token_is_refused_with_the_reason(people: Api, openid_provider: OpenIdProvider, anonymous: Api) -> None:
    refused = people.get("/me", headers=bearer(openid_provider.token(aud="another")))
    without_people = anonymous.get("/me", headers=bearer(openid_provider.token()))

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="Trigraph", error="invalid_token"'
    assert refused.json()["detail"] == "The token is not valid: audience doesn't match."
    assert without_people.json()["detail"] == (
        "The bearer token is not a key: keys begin with tg_. Tokens of people need AUTH=oidc."
    )


def test_person_decides_by_email(
    people: Api, admin: Api, openid_provider: OpenIdProvider, guarded_database_url: str
) -> None:
    approval = PendingApprovals(admin, guarded_database_url).ask(approvers='["ann@example.com"]')

    body = {"approved_by": "bob@example.com"}
    decided = people.post(
        f"/approvals/{approval['id']}/approve", json=body, headers=bearer(openid_provider.token())
    ).json()

    assert decided["decisions"][0]["approved_by"] == "ann@example.com"


def test_person_signs_in_at_the_provider(people: Api, openid_provider: OpenIdProvider) -> None:
    browser = new_browser(people)
    assert browser.get("/session").json() == {"auth": "oidc", "login": "/session/login"}

    begun = browser.get("/session/login?next=/studio", allow_redirects=False)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(begun.headers["Location"]).query).items()}
    back = requests.get(begun.headers["Location"], allow_redirects=False).headers["Location"]
    finished = browser.get(back, allow_redirects=False)

    assert (asked["code_challenge_method"], asked["client_id"]) == ("S256", CLIENT)
    assert (finished.status_code, finished.headers["Location"]) == (302, "/studio")
    (cookie,) = [value for value in finished.headers["Set-Cookie"].split(", ") if value.startswith(COOKIE)]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert browser.get("/me").json()["name"] == "ann@example.com"
    assert browser.get("/workflows").status_code == 200


def test_sign_in_of_another_browser_is_refused(people: Api, openid_provider: OpenIdProvider) -> None:
    attacker, victim = new_browser(people), new_browser(people)
    begun = attacker.get("/session/login", allow_redirects=False).headers["Location"]
    back = requests.get(begun, allow_redirects=False).headers["Location"]
    victim.get("/session/login", allow_redirects=False)

    with_own_attempt = victim.get(back, allow_redirects=False)
    without_attempt = new_browser(people).get(back, allow_redirects=False)

    assert with_own_attempt.status_code == without_attempt.status_code == 401
    assert with_own_attempt.json()["detail"].startswith("This sign-in was begun in another browser")
    assert without_attempt.json()["detail"] == "There is no sign-in under way; begin again at /session/login."
    assert victim.get("/me").status_code == 401


def test_code_works_once(people: Api) -> None:
    browser = new_browser(people)
    begun = browser.get("/session/login", allow_redirects=False).headers["Location"]
    back = requests.get(begun, allow_redirects=False).headers["Location"]
    attempt = dict(browser.cookies)
    assert browser.get(back, allow_redirects=False).status_code == 302

    again = new_browser(people).get(back, cookies=attempt, allow_redirects=False)

    assert again.status_code == 401
    assert again.json()["detail"] == "The OpenID provider refuses the sign-in: invalid_grant."


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/a\nb"])
def test_sign_in_leads_to_no_other_site(people: Api, openid_provider: OpenIdProvider, next: str) -> None:
    browser = new_browser(people)
    begun = browser.get("/session/login", params={"next": next}, allow_redirects=False).headers["Location"]
    back = requests.get(begun, allow_redirects=False).headers["Location"]

    assert browser.get(back, allow_redirects=False).headers["Location"] == "/"


def test_refusal_of_the_provider_is_shown(people: Api) -> None:
    browser = new_browser(people)
    browser.get("/session/login", allow_redirects=False)

    refused = browser.get("/session/callback?error=access_denied&state=x")

    assert refused.status_code == 401
    assert refused.json()["detail"] == "The OpenID provider says 'access_denied'; begin again at /session/login."


def signed_in(api: Api, key: str) -> Api:
    browser = new_browser(api)
    opened = browser.post("/session", json={"key": key})
    assert opened.status_code == 201, opened.text
    return browser


def test_key_opens_a_session_that_ends_with_it(anonymous: Api, admin: Api, make_key: MakeKey) -> None:
    made = make_key("workflows:read", name="ann")
    browser, other = signed_in(anonymous, made["key"]), signed_in(anonymous, made["key"])
    assert browser.get("/me").json()["name"] == "ann"

    cookie = dict(browser.cookies)
    same_site = {"Sec-Fetch-Site": "same-origin"}
    assert browser.delete("/session", headers=same_site).json() == {"status": "signed out"}
    assert anonymous.get("/me", cookies=cookie).status_code == 401
    assert other.get("/me").status_code == 200

    admin.delete(f"/keys/{made['id']}")
    assert other.get("/me").json()["detail"] == "The session has ended; sign in again."


def test_session_is_not_opened_by_a_wrong_key(anonymous: Api) -> None:
    refused = anonymous.post("/session", json={"key": "tg_" + "a" * 43})

    assert refused.status_code == 401
    assert "Set-Cookie" not in refused.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_cookie_from_another_site_cannot_write(anonymous: Api, make_key: MakeKey, headers: dict[str, str]) -> None:
    browser = signed_in(anonymous, make_key("admin")["key"])

    refused = browser.post("/events", json={}, headers=headers)

    assert refused.status_code == 403, refused.text
    assert browser.get("/workflows").status_code == 200


def test_cookie_writes_from_pages_of_the_api_and_listed_origins(people: Api, make_key: MakeKey) -> None:
    browser = signed_in(people, make_key("events:write")["key"])

    for headers in (
        {"Origin": people.url},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://studio.example", "Sec-Fetch-Site": "cross-site"},
    ):
        assert browser.post("/events", json={}, headers=headers).status_code == 200


def test_listing_every_origin_lets_no_cookie_write(guarded_database_url: str, make_key: MakeKey) -> None:
    made = make_key("admin")
    given = {"auth": "keys", "cors_origins": "*"}
    with running_api(Settings(database_url=guarded_database_url, workflows_dir=NOWHERE, **given)) as api:
        browser = signed_in(api, made["key"])

        refused = browser.post("/events", json={}, headers={"Origin": "http://evil.example"})

    assert refused.status_code == 403
    assert refused.json()["detail"] == (
        "A write with the cookie of a session must come from a page of this API, not from http://evil.example;"
        " programs send a key instead."
    )
