"""An API with hooks, and deliveries to it over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from typing import Any

import requests

from app.settings import Settings
from tests.api.client import Api

#: The key that seals the secrets of these tests.
SECRETS_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SECRET = "It's a Secret to Everybody"


def settings_with_key(url: str, **settings: Any) -> Settings:
    return Settings(database_url=url, workflows_dir="/nowhere", secrets_key=SECRETS_KEY, **settings)


class Hooked:
    """Makes hooks with names of their own at one API, and delivers to them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._numbers = itertools.count(1)

    def make(self, scheme: str = "github", secret: Any = SECRET, **body: Any) -> str:
        """The name of a new hook."""
        name = f"{scheme}-{next(self._numbers)}"
        given = {"name": name, "scheme": scheme, **({} if secret is None else {"secret": secret}), **body}
        response = self.api.post("/hooks", json=given)
        assert response.status_code == 201, response.text
        return name

    def change(self, name: str, **body: Any) -> dict[str, Any]:
        response = self.api.put(f"/hooks/{name}", json=body)
        assert response.status_code == 200, response.text
        changed: dict[str, Any] = response.json()
        return changed

    def deliver(self, name: str, body: bytes = b"{}", **headers: str) -> requests.Response:
        """A delivery with these headers, and no others that a sender has."""
        named = {header.replace("_", "-"): value.encode("latin-1") for header, value in headers.items()}
        return self.api.post(f"/hooks/{name}", data=body, headers=named)

    def deliver_signed(
        self, name: str, body: bytes = b"{}", *, secret: str = SECRET, **headers: str
    ) -> requests.Response:
        """A delivery that is signed as GitHub does."""
        given = {"content-type": "application/json", **{key.replace("_", "-"): text for key, text in headers.items()}}
        return self.api.post(f"/hooks/{name}", data=body, headers={**given, **github_signature(body, secret)})

    def refused(self, name: str) -> list[dict[str, Any]]:
        """The refused deliveries of a hook, newest first."""
        found: list[dict[str, Any]] = self.api.get(f"/hooks/{name}/refused").json()
        return found

    def event(self, answer: requests.Response) -> dict[str, Any]:
        """The event of a delivery that was accepted."""
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = self.api.get(f"/events/{answer.json()['event_id']}").json()
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of a hook, newest first."""
        found = self.api.get("/events?limit=1000").json()
        return [event for event in found if event["source"] == f"hooks/{name}"]


def github_signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
