"""Write secrets: sealed, with the value before kept for a while."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.errors import InvalidInput, NotFound
from app.logic.pointer import printable
from app.secrets.box import DecryptionFailed, SecretBox
from app.secrets.credentials import NAME
from app.settings import SHORTEST_SECRET
from app.storage import secrets

#: Characters of the longest value; a private key in PEM has a few thousand.
LONGEST_SECRET = 65_536


def put_secret(session: Session, box: SecretBox, name: str, value: str) -> bool:
    """
    Store a value in the open transaction; True where there was none.

    Raises InvalidInput for a name or a value that cannot be one, and Conflict without a key.
    """
    check_name("secret", name)
    check_value(name, value)
    sealed = box.seal(f"secret {name}", value)
    before = secrets.lock_secret(session, name)
    if before is not None and before.sealed is not None:
        _keep_former(session, box, name, before.sealed, value)
    is_new = before is None or before.sealed is None
    secrets.store_secret(session, name, sealed)
    return is_new


def _keep_former(session: Session, box: SecretBox, name: str, sealed: bytes, value: str) -> None:
    try:
        former = box.open_sealed(f"secret {name}", sealed)
    except DecryptionFailed:
        return
    if former != value:
        secrets.keep_former(session, name, box.seal(f"former secret {name}", former))


def check_name(kind: str, name: str) -> None:
    """Raises InvalidInput."""
    if not NAME.fullmatch(name):
        shown = name if len(name) <= 100 else f"{name[:99]}…"
        raise InvalidInput(
            f"The {kind} {shown!r} cannot have this name; use at most 100 letters, digits, _ and -, and begin with a"
            " letter or _."
        )


def require_name(kind: str, name: str) -> None:
    """Raises NotFound for a name that nothing can have."""
    if not NAME.fullmatch(name):
        raise NotFound.of(kind, printable(name))


def check_value(name: str, value: str) -> None:
    """Raises InvalidInput. No message has a part of the value."""
    length = len(value.strip())
    if length < SHORTEST_SECRET:
        raise InvalidInput(
            f"The value of the secret {name} has {length} characters; a secret needs at least {SHORTEST_SECRET}."
        )
    if len(value) > LONGEST_SECRET:
        raise InvalidInput(
            f"The value of the secret {name} has {len(value):,} characters; a secret may have {LONGEST_SECRET:,}."
        )
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"The value of the secret {name} is not Unicode: character {error.start} is half of a surrogate pair."
        ) from None
