"""``gitlab``: the secret token itself is a header; https://docs.gitlab.com/user/project/integrations/webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import DeliveryRefused
from app.hooks.headers import Headers
from app.hooks.scheme import Delivery, Proof, Scheme
from app.hooks.signatures import is_any_of

TOKEN = "X-Gitlab-Token"


class GitLab(Scheme):
    name = "gitlab"
    header_prefixes = ("x-gitlab-",)
    withheld = frozenset({TOKEN.lower()})

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        if not is_any_of([delivery.headers.require(TOKEN)], proof.keys):
            raise DeliveryRefused(
                f"The token in {TOKEN} is no secret of this hook; set the same secret token at GitLab and here."
            )

    def event_name(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        """``Merge Request Hook`` is ``merge-request-hook``."""
        return "-".join((headers.get("X-Gitlab-Event") or "").lower().split()) or None

    def delivery_id(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        return headers.get("X-Gitlab-Event-UUID")


scheme = GitLab()
