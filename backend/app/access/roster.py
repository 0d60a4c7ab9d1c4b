"""
The keys and sessions of the deployment in the memory of one API process.

A request costs a digest and a look into a dictionary. Once a second, a request asks Postgres for the revision of keys
and sessions, and reads them again if it has grown: so a key that was revoked is refused by every process within two
seconds. A key that is not known has Postgres asked at once, as it may be new; but ten times a second at most, however
many keys are guessed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.access.caller import Caller, CallerKind
from app.access.scopes import Scope
from app.storage.access.revision import read_revision
from app.storage.access.roster import KeyRow, SessionRow, fetch_keys, fetch_sessions
from app.storage.database import ConnectionPool, driver

#: Seconds for which what was read is used without a question to Postgres.
FRESH_FOR = 1.0
#: Seconds for which it is used while another thread asks.
USABLE_FOR = 2.0
#: Seconds between two questions because of keys that are not known.
LOOK_AGAIN_AFTER = 0.1


@dataclass(frozen=True, eq=False)
class Grant:
    """A credential that is known: the caller, and until when; the roster has one object of each."""

    caller: Caller
    expires_at: datetime | None = None
    #: Limits of the key; None: those of the settings.
    requests_per_second: int | None = None
    bytes_per_minute: int | None = None
    #: The first characters of the key.
    prefix: str = ""


@dataclass(frozen=True)
class _Roster:
    revision: int = 0
    grants: Mapping[bytes, Grant] = field(default_factory=dict)
    #: By the monotonic clock.
    read_at: float = float("-inf")


class Roster:
    """Grants by the digest of their key or session."""

    def __init__(
        self, engine: ConnectionPool, own: Mapping[bytes, Grant], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``own``: grants of the settings, which are not in Postgres."""
        self._engine = engine
        self._own = own
        self._clock = clock
        self._known = _Roster()
        self._lock = threading.Lock()
        self._looked_again_at = self._changed_at = float("-inf")

    @property
    def is_fresh(self) -> bool:
        """True if ``find`` may be called without ``refresh`` before."""
        read_at = self._known.read_at
        return self._clock() - read_at < FRESH_FOR and read_at > self._changed_at

    @property
    def snapshot(self) -> object:
        """What was read last: another object after each ``refresh`` that has read."""
        return self._known

    def find(self, digest: bytes) -> Grant | None:
        """The grant of a digest, as Postgres had it at the last ``refresh``."""
        return self._known.grants.get(digest)

    def expire(self) -> None:
        """Have the next request read what has changed: this process has changed it."""
        self._changed_at = self._clock()

    def may_look_again(self) -> bool:
        """True if Postgres may be asked because of a digest that is not known; ``refresh`` then asks it."""
        now = self._clock()
        if now - self._looked_again_at < LOOK_AGAIN_AFTER:
            return False
        self._looked_again_at = now
        self.expire()
        return True

    def refresh(self) -> None:
        """Read what has changed. Blocks; raises psycopg2.Error where Postgres is not available."""
        read_at = self._known.read_at
        is_usable = self._clock() - read_at < USABLE_FOR and read_at > self._changed_at
        if not self._lock.acquire(blocking=not is_usable):
            return
        try:
            if not self.is_fresh:
                self._known = self._read()
        finally:
            self._lock.release()

    def _read(self) -> _Roster:
        started = self._clock()
        with driver(self._engine) as connection, connection.cursor() as cursor:
            # The revision first: what is read after it may be newer, never older.
            revision = read_revision(cursor)
            if revision == self._known.revision:
                return _Roster(revision, self._known.grants, started)
            keys = {row.digest: grant_of_key(row) for row in fetch_keys(cursor)}
            grants = {**keys, **self._own}
            return _Roster(revision, {**grants, **grants_of_sessions(fetch_sessions(cursor), grants.values())}, started)


def grants_of_sessions(sessions: Iterable[SessionRow], keys: Iterable[Grant]) -> dict[bytes, Grant]:
    """The grants of sessions; a session of a key that is gone is none."""
    by_key = {grant.caller.key_id: grant for grant in keys}
    grants: dict[bytes, Grant] = {}
    for session in sessions:
        opened_by = by_key.get(session.key_id) if session.key_id else grant_of_person(session)
        if opened_by is not None:
            grants[session.digest] = opened_by if session.key_id is None else _limit(opened_by, session.expires_at)
    return grants


def grant_of_key(row: KeyRow) -> Grant:
    caller = Caller(
        row.name, CallerKind.KEY, known_scopes(row.scopes), key_id=row.id, workflow_prefix=row.workflow_prefix
    )
    return Grant(caller, row.expires_at, row.requests_per_second, row.bytes_per_minute, row.prefix)


def grant_of_person(row: SessionRow) -> Grant:
    return Grant(Caller(row.name, CallerKind.PERSON, known_scopes(row.scopes)), row.expires_at)


def known_scopes(names: list[str]) -> frozenset[Scope]:
    """The scopes of these names; one that this build does not know, as of a newer build, grants nothing."""
    known = {scope.value for scope in Scope}
    return frozenset(Scope(name) for name in names if name in known)


def _limit(grant: Grant, until: datetime) -> Grant:
    """A grant that ends at this moment at the latest."""
    ends = until if grant.expires_at is None else min(until, grant.expires_at)
    return Grant(grant.caller, ends, grant.requests_per_second, grant.bytes_per_minute, grant.prefix)
