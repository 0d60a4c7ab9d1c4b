"""What names a secret or a credential: workflows and credentials, by their current definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.access.caller import Caller
from app.engine.definitions.names import list_document_uses
from app.engine.registry import Registry
from app.secrets.credentials import SECRET_MEMBERS
from app.storage.credentials import list_credentials
from app.storage.workflows import list_documents

#: By kind and name of what is named: the things that name it.
Uses = Mapping[tuple[str, str], list[dict[str, Any]]]
#: Texts of which each document that names a secret or a credential has one.
_MARKS = ("secret", '"auth"')


def find_uses(session: Session, registry: Registry, caller: Caller, name: str | None = None) -> Uses:
    """The uses of the secret and the credential of a name, or of all, in workflows that the caller may know."""
    mentioning = _MARKS if name is None else (name,)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for credential in list_credentials(session):
        secret = credential.settings[SECRET_MEMBERS[credential.type]]
        found.setdefault(("secret", secret), []).append({"kind": "credential", "id": None, "name": credential.name})
    for id, kind, workflow, document in list_documents(session, mentioning=mentioning):
        if not caller.sees(workflow):
            continue
        for used in sorted({(use.kind, use.name) for use in list_document_uses(kind, document, registry)}):
            found.setdefault(used, []).append({"kind": "workflow", "id": id, "name": workflow})
    return found
