"""The hooks that this process knows: read from Postgres when they have changed, at most once a second."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Conflict
from app.hooks.registry import SCHEMES
from app.hooks.scheme import HmacOptions, Proof, Scheme
from app.secrets.box import SecretBox
from app.storage.database import ConnectionPool, Cursor, driver
from app.storage.hooks.definitions import Definition, Edition, fetch_edition, list_definitions

log = logging.getLogger(__name__)

#: Seconds after which Postgres is asked whether hooks have changed.
MAX_AGE = 1.0


@dataclass(frozen=True)
class Hook:
    """A hook, ready to verify deliveries."""

    id: str
    name: str
    scheme: Scheme
    proof: Proof
    #: What ``hub.verify_token`` must be; None: the hook has none.
    verify_token: bytes | None
    is_active: bool
    #: Why its secrets cannot be read; None: they were.
    problem: str | None = None


class HookCache:
    """All hooks of the deployment by name; any number of threads may share it."""

    def __init__(self, engine: ConnectionPool, box: SecretBox, *, max_age: float = MAX_AGE) -> None:
        self._engine, self._box, self._max_age = engine, box, max_age
        self._hooks: Mapping[str, Hook] = {}
        self._edition: Edition | None = None
        self._check_at = 0.0
        self._reading = threading.Lock()

    def find(self, name: str) -> Hook | None:
        """The hook of this name, as it was at the last check."""
        return self._hooks.get(name)

    def claim_check(self) -> bool:
        """
        True for the one caller that has to call ``refresh`` now.

        The others go on with what is known, unless that is nothing yet.
        """
        if self._edition is None:
            return True
        if time.monotonic() < self._check_at:
            return False
        self._check_at = time.monotonic() + self._max_age
        return True

    def refresh(self) -> None:
        """Read all hooks if one of them has changed. Raises what the database raises."""
        with self._reading:
            self._check_at = time.monotonic() + self._max_age
            with driver(self._engine) as connection, connection.cursor() as cursor:
                self._read(cursor)

    def _read(self, cursor: Cursor) -> None:
        edition = fetch_edition(cursor)
        if edition != self._edition:
            found = [row for row in list_definitions(cursor) if is_known(row)]
            self._hooks = {row.name: self._open(row) for row in found}
            self._edition = edition

    def _open(self, row: Definition) -> Hook:
        try:
            return open_hook(row, self._box)
        except Conflict as error:
            log.warning("Hook %s refuses deliveries: %s", row.name, error, extra={"hook": row.name})
            return Hook(row.id, row.name, SCHEMES[row.scheme], Proof(), None, row.is_active, str(error))


def is_known(row: Definition) -> bool:
    """False for a hook of a newer build, with a scheme that this one does not have."""
    if row.scheme in SCHEMES:
        return True
    log.warning("Hook %s has the scheme %s, which this build does not know.", row.name, row.scheme)
    return False


def open_hook(row: Definition, box: SecretBox) -> Hook:
    """A hook with its secrets. Raises Conflict if ``SECRETS_KEY`` does not open them."""
    scheme = SCHEMES[row.scheme]
    secrets = box.open_sealed(seal_name(row.name), row.sealed_secrets) if row.sealed_secrets is not None else "[]"
    token = row.sealed_verify_token
    return Hook(
        id=row.id,
        name=row.name,
        scheme=scheme,
        proof=Proof(
            keys=tuple(map(scheme.key_of, json.loads(secrets))),
            hmac=HmacOptions(**row.options) if row.options else None,
        ),
        verify_token=None if token is None else box.open_sealed(token_seal_name(row.name), token).encode(),
        is_active=row.is_active,
    )


def seal_name(hook: str) -> str:
    """The name under which the secrets of a hook are sealed."""
    return f"hook {hook}"


def token_seal_name(hook: str) -> str:
    """The name under which the verify token of a hook is sealed."""
    return f"verify token of hook {hook}"
