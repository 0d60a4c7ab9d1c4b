"""Workflows and their versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.errors import NotFound, Stale
from app.graph.dialects.nodes import without_looks
from app.storage.ids import new_id, parse_id
from app.storage.models import Catalog, Workflow, WorkflowVersion
from app.storage.pages import Page


@dataclass(frozen=True)
class Draft:
    """What an author wants saved; it has been checked."""

    name: str
    document: Any
    kind: str = "graph"
    description: str | None = None
    trigger: Any = None
    is_active: bool = True
    warnings: list[dict[str, Any]] = field(default_factory=list)


def get(session: Session, id: str) -> Workflow:
    """The workflow with this id. Raises NotFound, also where it was deleted."""
    return _get(session, id, lock=False)


def get_locked(session: Session, id: str, *, if_match: str | None = None) -> Workflow:
    """The workflow, which nobody else changes before this transaction ends. Raises Stale where it changed before."""
    workflow = _get(session, id, lock=True)
    if if_match is not None and not _matches(if_match, etag(workflow)):
        raise Stale(f"The workflow {workflow.name} was saved by somebody else since; it is now {etag(workflow)}.")
    return workflow


def page(session: Session, page: Page) -> Sequence[Workflow]:
    """The workflows that are not deleted, and one more than asked for where there are more."""
    query = select(Workflow).where(Workflow.deleted_at.is_(None))
    return session.scalars(page.of(query, Workflow.__table__.c.id)).all()


def create(session: Session, draft: Draft) -> Workflow:
    """Save a new workflow as version 1."""
    workflow = Workflow(id=new_id(), version=1, revision=1, catalog_revision=_next_revision(session))
    _fill(workflow, draft)
    session.add_all([workflow, _version_of(workflow)])
    session.flush()
    session.refresh(workflow)
    return workflow


def replace(session: Session, workflow: Workflow, draft: Draft) -> Workflow:
    """Save over a locked workflow; it is a new version where what runs has changed."""
    runs_alike = _essence(workflow.document) == _essence(draft.document)
    _fill(workflow, draft)
    if not runs_alike:
        workflow.version += 1
        session.add(_version_of(workflow))
    _touch(session, workflow)
    session.flush()
    session.refresh(workflow)
    return workflow


def delete(session: Session, workflow: Workflow) -> None:
    """Hide a locked workflow for good; its executions and their definitions stay."""
    workflow.deleted_at = func.now()
    workflow.is_active = False
    _touch(session, workflow)


def etag(workflow: Workflow) -> str:
    return f'"{workflow.id}.{workflow.revision}"'


def _get(session: Session, id: str, *, lock: bool) -> Workflow:
    query = select(Workflow).where(Workflow.id == parse_id(id), Workflow.deleted_at.is_(None))
    workflow = session.scalar(query.with_for_update() if lock else query)
    if workflow is None:
        raise NotFound(f"There is no workflow {id[:100]}.")
    return workflow


def _matches(if_match: str, current: str) -> bool:
    """``If-Match``: a list of tags, or ``*`` for any; a proxy may have marked ours as weak."""
    tags = [tag.strip().removeprefix("W/") for tag in if_match.split(",")]
    return "*" in tags or current in tags


def _fill(workflow: Workflow, draft: Draft) -> None:
    workflow.kind = draft.kind
    workflow.name = draft.name
    workflow.description = draft.description
    workflow.trigger = draft.trigger
    workflow.is_active = draft.is_active
    workflow.document = draft.document
    workflow.warnings = draft.warnings


def _touch(session: Session, workflow: Workflow) -> None:
    workflow.revision += 1
    workflow.catalog_revision = _next_revision(session)
    workflow.updated_at = func.now()


def _next_revision(session: Session) -> int:
    """
    Raise the catalog's revision.

    Its row is locked until the transaction ends, so saves commit in the order of their revisions: who has read the
    catalog at one revision has seen every save up to it.
    """
    raised = update(Catalog).where(Catalog.id == 1).values(revision=Catalog.revision + 1).returning(Catalog.revision)
    return session.execute(raised).scalar_one()


def _version_of(workflow: Workflow) -> WorkflowVersion:
    return WorkflowVersion(workflow_id=workflow.id, version=workflow.version, document=workflow.document)


def _essence(document: Any) -> str:
    """What decides what runs, as a text to compare: 1 and 1.0 and true are not the same in it."""
    return json.dumps(without_looks(document), sort_keys=True)
