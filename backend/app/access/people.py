"""People, as the tokens of the OpenID provider describe them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.access.caller import Caller, CallerKind
from app.access.roster import known_scopes


def person_of(claims: Mapping[str, Any], *, groups_claim: str, scopes_of: Mapping[str, list[str]]) -> Caller:
    """
    The caller that the claims of a verified token describe.

    The name is ``email``, unless the provider says that it is not verified, else ``sub``. Each group grants the scopes
    of ``OIDC_SCOPES``; a person in none of these groups has no scope.
    """
    email = claims.get("email") if claims.get("email_verified", True) is True else None
    name = email if isinstance(email, str) and email.strip() else str(claims["sub"])
    granted = [scope for group in groups_in(claims, groups_claim) for scope in scopes_of.get(group, [])]
    return Caller(name.strip()[:500], CallerKind.PERSON, known_scopes(granted))


def groups_in(claims: Mapping[str, Any], path: str) -> list[str]:
    """The groups of a claim, a list or one name; ``realm_access.roles`` is the claim ``roles`` inside another."""
    value: Any = claims.get(path)
    if value is None:
        value = claims
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return [value]
    return [group for group in value if isinstance(group, str)] if isinstance(value, list) else []
