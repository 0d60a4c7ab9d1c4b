"""What names a secret or a credential: workflows and credentials, by their current definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.engine.definitions.names import list_document_uses
from app.engine.registry import Registry
from app.secrets.credentials import SECRET_MEMBERS
from app.storage.secrets import list_credentials
from app.storage.workflows import list_documents

#: By kind and name of what is named: the things that name it.
Uses = Mapping[tuple[str, str], list[dict[str, Any]]]
#: Texts of which each document that names a secret or a credential has one.
_MARKS = ("secret", '"auth"')


def list_uses(
    session: Session, registry: Registry, *, sees: Callable[[str], bool], mentioning: Sequence[str] = _MARKS
) -> Uses:
    """
    The uses of all secrets and credentials, or of those whose names are in ``mentioning``.

    ``sees`` is true for the name of a workflow that the caller may know.
    """
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for credential in list_credentials(session):
        secret = credential.settings[SECRET_MEMBERS[credential.type]]
        found.setdefault(("secret", secret), []).append({"kind": "credential", "id": None, "name": credential.name})
    for id, kind, name, document in list_documents(session, mentioning=mentioning):
        if not sees(name):
            continue
        for used in sorted({(use.kind, use.name) for use in list_document_uses(kind, document, registry)}):
            found.setdefault(used, []).append({"kind": "workflow", "id": id, "name": name})
    return found
