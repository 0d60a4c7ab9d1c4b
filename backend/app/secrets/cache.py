"""The secrets and credentials as one process knows them: read whole, again each second, so that no step reads them."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

import psycopg2

from app.errors import StepFailed
from app.secrets.box import DecryptionFailed, SecretBox
from app.secrets.credentials import Credential, read_credential
from app.storage.stored_secrets import CredentialRow, SealedRow

log = logging.getLogger(__name__)

#: Seconds between two readings: a value that is stored is used by every process after as many, and a little more.
READ_EVERY = 1.0
#: Seconds for which a name that is not there is taken for one that does not exist.
MISSING_FOR = 0.05
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


NO_SECRET = StoredSecret()


@dataclass(frozen=True)
class _Reading:
    """What one reading has found."""

    secrets: Mapping[str, StoredSecret] = field(default_factory=dict)
    credentials: Mapping[str, Credential] = field(default_factory=dict)


class SecretCache:
    """
    Secrets by name: those of Postgres, else the ``SECRET_…`` variables of this process.

    The first ``prepare`` reads them and starts a thread that reads them again every ``READ_EVERY`` seconds. A name that
    is not there is looked up at once, so that what was stored before a step began is never missing. While Postgres
    cannot be reached, what was read last stays in use.
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
        self._known: _Reading | None = None
        #: When it was read, by the monotonic clock.
        self._read_at = 0.0
        #: Values by what was sealed, so that an unchanged value is decrypted once.
        self._opened: dict[tuple[str, bytes], str | DecryptionFailed] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def prepare(self, secrets: Iterable[str] = (), credential: str | None = None) -> None:
        """
        Have these at hand. Only the first call waits for Postgres, and one that needs a name which is not there.

        Raises StepFailed where the secrets cannot be read.
        """
        if self._read is None:
            return
        if self._known is None:
            self._start()
        elif self._lacks(self._known, secrets, credential):
            self._read_again()

    def _start(self) -> None:
        with self._lock:
            if self._known is None:
                self._known = self._read_or_fail()
                self._thread = threading.Thread(target=self._run, name="secrets", daemon=True)
                self._thread.start()

    def _lacks(self, known: _Reading, secrets: Iterable[str], credential: str | None) -> bool:
        """True where one of these names would fail its step, or be null."""
        names = set(secrets)
        if credential is not None:
            found = known.credentials.get(credential)
            if found is None:
                return True
            names.add(found.secret)
        stored = {name for name in names if known.secrets.get(name, NO_SECRET).value is not None}
        return any(not self._environment.get(PREFIX + name) for name in names - stored)

    def _read_again(self) -> None:
        with self._lock:
            if monotonic() - self._read_at < MISSING_FOR:
                return
            with suppress(psycopg2.Error):  # The thread names an outage.
                self._known = self._read_all()

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
        stored = self._current().secrets.get(name, NO_SECRET)
        found = {stored.value, self._environment.get(PREFIX + name), *stored.former}
        return {value for value in found if value}

    def find_credential(self, name: str) -> Credential:
        """Raises StepFailed."""
        credential = self._current().credentials.get(name)
        if credential is None:
            message = f"The credential {name} does not exist; store it by PUT /credentials/{name}."
            raise StepFailed(message, kind="CredentialUnavailable")
        return credential

    def _current(self) -> _Reading:
        self.prepare()
        return self._known or _Reading()

    def _read_or_fail(self) -> _Reading:
        try:
            return self._read_all()
        except psycopg2.Error as error:
            log.warning("The secrets were not read (%s).", type(error).__name__)
            message = "The secrets could not be read from Postgres; the step can be tried again."
            raise StepFailed(message, kind="SecretUnavailable") from None

    def _run(self) -> None:
        has_failed = False
        while not self._closing.wait(self._every):
            try:
                with self._lock:
                    self._known = self._read_all()
                has_failed = False
            except psycopg2.Error as error:
                if not has_failed:
                    log.warning(
                        "The secrets were not read again (%s); those that are known stay.", type(error).__name__
                    )
                has_failed = True

    def _read_all(self) -> _Reading:
        assert self._read is not None
        began = monotonic()
        secrets, credentials = self._read()
        self._read_at = began
        before, self._opened = self._opened, {}
        found = self._open_all(secrets, before)
        return _Reading(found, {row.name: read_credential(row) for row in credentials})

    def _open_all(
        self, rows: Iterable[SealedRow], before: Mapping[tuple[str, bytes], str | DecryptionFailed]
    ) -> dict[str, StoredSecret]:
        current: dict[str, str | DecryptionFailed | None] = {}
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
                str(value) if isinstance(value, DecryptionFailed) else None,
                frozenset(former.get(name, ())),
            )
            for name, value in current.items()
        }

    def _open(
        self, name: str, sealed: bytes, before: Mapping[tuple[str, bytes], str | DecryptionFailed]
    ) -> str | DecryptionFailed:
        key = (name, sealed)
        if key not in before:
            try:
                self._opened[key] = self._box.open_sealed(name, sealed)
            except DecryptionFailed as error:
                self._opened[key] = error
        else:
            self._opened[key] = before[key]
        return self._opened[key]
