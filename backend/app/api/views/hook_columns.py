"""The columns of a hook from a body, checked against its scheme; secrets are sealed."""

from __future__ import annotations

from typing import Any

from app.api.schemas.hooks import HookChange
from app.errors import InvalidInput
from app.hooks.cache import seal_name, token_seal_name
from app.hooks.registry import SCHEMES
from app.hooks.scheme import HmacOptions
from app.secrets.box import SecretBox
from app.storage.json_text import dumps
from app.storage.models.hooks import HookRow

OPTIONS = ("header", "algorithm", "encoding", "prefix")


def read_columns(given: HookChange, name: str, saved: HookRow | None, box: SecretBox) -> dict[str, Any]:
    """
    The columns that a save sets; ``saved`` is the hook that it changes.

    A change of the scheme needs a secret and the options of the new scheme. Raises InvalidInput, and Conflict if there
    is a secret, but no ``SECRETS_KEY``.
    """
    scheme = given.scheme or (saved.scheme if saved else "")
    before = saved if saved is not None and saved.scheme == scheme else None
    columns: dict[str, Any] = {
        "scheme": scheme,
        "options": read_options(given, scheme, (before.options if before else None) or {}),
        **read_secrets(given, name, scheme, box, is_saved=before is not None),
    }
    if given.is_active is not None:
        columns["is_active"] = given.is_active
    if "verify_token" in given.model_fields_set:
        token = given.verify_token
        columns["sealed_verify_token"] = None if token is None else box.seal(token_seal_name(name), token)
    return columns


def read_options(given: HookChange, scheme: str, before: dict[str, Any]) -> dict[str, Any] | None:
    """The options of ``hmac``, with those of before that were left out; None for other schemes."""
    options = {option: value for option in OPTIONS if (value := getattr(given, option)) is not None}
    if scheme == "hmac":
        merged = {**before, **options}
        if "header" not in merged:
            raise InvalidInput("`header` is missing; the scheme hmac needs the name of the header of the signature.")
        return vars(HmacOptions(**merged))
    if options:
        raise InvalidInput(
            f"`{next(iter(options))}` is given, which the scheme {scheme} does not have; only hmac has it."
        )
    return None


def read_secrets(given: HookChange, name: str, scheme: str, box: SecretBox, *, is_saved: bool) -> dict[str, Any]:
    """The columns of the secrets; none where the saved secrets stay."""
    if not SCHEMES[scheme].needs_secret:
        if given.secret is not None:
            raise InvalidInput(f"`secret` is given, but the scheme {scheme} verifies nothing; leave it out.")
        return {"sealed_secrets": None, "secrets": 0}
    if given.secret is None:
        if is_saved:
            return {}
        raise InvalidInput(f"`secret` is missing; the scheme {scheme} needs the one that the sender uses.")
    secrets = given.secret if isinstance(given.secret, list) else [given.secret]
    for secret in secrets:
        check_secret(scheme, secret)
    return {"sealed_secrets": box.seal(seal_name(name), dumps(secrets)), "secrets": len(secrets)}


def check_secret(scheme: str, secret: str) -> None:
    """Raises InvalidInput for a secret that no sender of this scheme has; its value is not shown."""
    try:
        SCHEMES[scheme].key_of(secret)
    except ValueError as error:
        raise InvalidInput(f"`secret` of the scheme {scheme} {error}.") from error
