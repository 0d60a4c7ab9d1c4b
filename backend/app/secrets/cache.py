"""The secrets and credentials as one process knows them: read whole, again each second, so that no step reads them."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import psycopg2
from sqlalchemy.exc import SQLAlchemyError

from app.errors import StepFailed
from app.secrets.box import SecretBox, Unreadable
from app.secrets.credentials import Credential, read_credential
from app.storage.secrets import CredentialRow, SealedRow

log = logging.getLogger(__name__)

#: Seconds between two readings: a value that is stored is used by every process after as many, and a little more.
READ_EVERY = 1.0
#: The prefix of variables that are secrets.
PREFIX = "SECRET_"

#: Reads every secret and every credential, in one snapshot.
Read = Callable[[], tuple[list[SealedRow], list[CredentialRow]]]


@dataclass(frozen=True)
class StoredSecret:
    """A secret of Postgres: ``value`` is None where it was deleted, or cannot be read, which ``fault`` says."""

    value: str | None = field(default=None, repr=False)
    fault: str | None = None
    #: Values that it had in the last day.
    former: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True)
class _Known:
    """What one reading has found."""

    secrets: Mapping[str, StoredSecret] = field(default_factory=dict)
    credentials: Mapping[str, Credential] = field(default_factory=dict)


class SecretCache:
    """
    Secrets by name: those of Postgres, else the ``SECRET_…`` variables of this process.

    The first ``prepare`` reads them and starts a thread that reads them again every ``READ_EVERY`` seconds. While
    Postgres cannot be reached, what was read last stays in use.
    """

    def __init__(
        self,
        read: Read | None = None,
        box: SecretBox | None = None,
        *,
        environment: Mapping[str, str] = os.environ,
        every: float = READ_EVERY,
    ) -> None:
        """``read`` None: there are only the variables of ``environment``."""
        self._read = read
        self._box = box or SecretBox()
        self._environment = environment
        self._every = every
        self._known: _Known | None = None
        #: Values by what was sealed, so that an unchanged value is decrypted once.
        self._opened: dict[tuple[str, bytes], str | Unreadable] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def prepare(self) -> None:
        """Have the secrets at hand; only the first call waits. Raises StepFailed where they cannot be read."""
        if self._read is None or self._known is not None:
            return
        with self._lock:
            if self._known is None:
                self._known = self._read_or_fail()
                self._thread = threading.Thread(target=self._run, name="secrets", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread; nothing is read after this."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def find(self, name: str) -> str | None:
        """The value of a secret; None: there is none. Raises StepFailed if it was deleted, or cannot be read."""
        stored = self._current().secrets.get(name)
        if stored is not None and stored.fault is not None:
            raise StepFailed(stored.fault, kind="SecretUnavailable")
        if stored is not None and stored.value is not None:
            return stored.value
        value = self._environment.get(PREFIX + name)
        if stored is not None and not value:
            message = f"The secret {name} was deleted; store it again by PUT /secrets/{name}, or set {PREFIX}{name}."
            raise StepFailed(message, kind="SecretUnavailable")
        return value

    def list_values(self, name: str) -> set[str]:
        """Every value that this name has or had: what is taken out of records of steps that use it."""
        stored = self._current().secrets.get(name, StoredSecret())
        found = {stored.value, self._environment.get(PREFIX + name), *stored.former}
        return {value for value in found if value}

    def find_credential(self, name: str) -> Credential:
        """Raises StepFailed."""
        credential = self._current().credentials.get(name)
        if credential is None:
            message = f"The credential {name} does not exist; store it by PUT /credentials/{name}."
            raise StepFailed(message, kind="CredentialUnavailable")
        return credential

    def _current(self) -> _Known:
        self.prepare()
        return self._known or _Known()

    def _read_or_fail(self) -> _Known:
        try:
            return self._read_all()
        except (psycopg2.Error, SQLAlchemyError) as error:
            log.warning("The secrets were not read (%s).", type(error).__name__)
            message = "The secrets could not be read from Postgres; the step can be tried again."
            raise StepFailed(message, kind="SecretUnavailable") from None

    def _run(self) -> None:
        has_failed = False
        while not self._closing.wait(self._every):
            try:
                self._known = self._read_all()
                has_failed = False
            except (psycopg2.Error, SQLAlchemyError) as error:
                if not has_failed:
                    log.warning(
                        "The secrets were not read again (%s); those that are known stay.", type(error).__name__
                    )
                has_failed = True

    def _read_all(self) -> _Known:
        assert self._read is not None
        secrets, credentials = self._read()
        before, self._opened = self._opened, {}
        found = self._open_all(secrets, before)
        return _Known(found, {row.name: read_credential(row) for row in credentials})

    def _open_all(
        self, rows: Iterable[SealedRow], before: Mapping[tuple[str, bytes], str | Unreadable]
    ) -> dict[str, StoredSecret]:
        current: dict[str, str | Unreadable | None] = {}
        former: dict[str, set[str]] = {}
        for row in rows:
            kind = "former secret" if row.is_former else "secret"
            value = None if row.sealed is None else self._open(f"{kind} {row.name}", row.sealed, before)
            if not row.is_former:
                current[row.name] = value
            elif isinstance(value, str):
                former.setdefault(row.name, set()).add(value)
        return {
            name: StoredSecret(
                value if isinstance(value, str) else None,
                str(value) if isinstance(value, Unreadable) else None,
                frozenset(former.get(name, ())),
            )
            for name, value in current.items()
        }

    def _open(self, name: str, sealed: bytes, before: Mapping[tuple[str, bytes], str | Unreadable]) -> str | Unreadable:
        key = (name, sealed)
        if key not in before:
            try:
                self._opened[key] = self._box.open_sealed(name, sealed)
            except Unreadable as error:
                self._opened[key] = error
        else:
            self._opened[key] = before[key]
        return self._opened[key]
