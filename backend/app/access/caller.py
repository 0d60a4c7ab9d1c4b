"""The caller of a request: a key, a person, or the operator of this machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from app.access.scopes import Scope, cover_one


class CallerKind(str, Enum):
    """How a caller was authenticated."""

    #: By an API key, or by a session that a key opened.
    KEY = "key"
    #: By a token of the OpenID provider, or by a session that one opened.
    PERSON = "person"
    #: By a signed link to one approval; it has no scope.
    LINK = "link"
    #: Not at all: ``AUTH=off``.
    LOCAL = "local"


@dataclass(frozen=True)
class Caller:
    """An authenticated caller, and what it may do."""

    #: The name of a key; the email or subject of a person; ``local``.
    name: str
    kind: CallerKind
    #: The scopes as they were granted; ``may`` knows which others they imply.
    scopes: frozenset[Scope]
    #: The id of the key; None for people and ``local``.
    key_id: str | None = None
    #: The beginning of the names of the workflows that it may see; None: all.
    workflow_prefix: str | None = None
    #: The IP address of the client; None where the server knows none.
    address: str | None = None

    def may(self, scopes: Iterable[Scope]) -> bool:
        """True if one of these scopes is granted, or implied by one that is."""
        return cover_one(self.scopes, tuple(scopes))

    def sees(self, workflow_name: str) -> bool:
        """True for a workflow of this name, its executions and its approvals."""
        return self.workflow_prefix is None or workflow_name.startswith(self.workflow_prefix)

    @property
    def is_known(self) -> bool:
        """False with ``AUTH=off``, where nobody knows who calls."""
        return self.kind is not CallerKind.LOCAL

    @property
    def decides_as(self) -> str | None:
        """The name under which it decides approvals; None: a name in the body counts, as with ``AUTH=off``."""
        return self.name if self.is_known else None


#: The caller of every request with ``AUTH=off``.
LOCAL = Caller("local", CallerKind.LOCAL, frozenset({Scope.ADMIN}))
