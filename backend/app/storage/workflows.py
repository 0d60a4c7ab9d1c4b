"""Workflows and their versions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, cast, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.errors import Conflict, NotFound, Stale
from app.graph.compile import essence_of
from app.graph.cron_text import cron_fields
from app.graph.engine_events import list_named_types
from app.storage.database import Cursor
from app.storage.flow_control import windows
from app.storage.ids import new_id, parse_id
from app.storage.json_text import dumps
from app.storage.models.workflows import UNIQUE_NAME, Catalog, Workflow, WorkflowFile, WorkflowVersion
from app.storage.orm import cursor_of
from app.storage.pages import PAGE_BYTES_OF_VALUES, Page, PageOf, bytes_of, choose_ids
from app.storage.starting import Startable
from app.storage.workflow_draft import WorkflowDraft
from app.storage.workflow_files import digest_of, registered_text

#: The number of the advisory lock under which one process at a time registers a definition.
REGISTRATION = 0x72656769


def get_workflow(session: Session, id: str) -> Workflow:
    """The workflow with this id. Raises NotFound, also where it was deleted."""
    return _get(session, id, lock=False)


def get_locked(session: Session, id: str, *, if_match: str | None = None) -> Workflow:
    """The workflow, locked until this transaction ends. Raises Stale if it was changed before."""
    workflow = _get(session, id, lock=True)
    if if_match is not None and not _matches(if_match, etag(workflow)):
        raise Stale(f"The workflow {workflow.name} was saved since; its ETag is now {etag(workflow)}.")
    return workflow


def list_workflows(session: Session, page: Page, *, prefix: str | None = None) -> PageOf[Workflow]:
    """The workflows that are not deleted, newest first; with a ``prefix``, those whose name begins so."""
    id = Workflow.__table__.c.id
    sizes = select(Workflow.id, bytes_of(Workflow.document)).where(Workflow.deleted_at.is_(None))
    if prefix is not None:
        sizes = sizes.where(func.starts_with(Workflow.name, prefix))
    ids, more = choose_ids(session, page, sizes, id, most=PAGE_BYTES_OF_VALUES)
    return PageOf(session.scalars(select(Workflow).where(id.in_(ids)).order_by(id.desc())).all(), more)


def list_documents(session: Session, *, mentioning: Sequence[str]) -> Iterator[tuple[str, str, str, Any]]:
    """Id, kind, name and document of each workflow, by name, whose document has one of these texts."""
    written = cast(Workflow.document, Text)
    mentions = or_(*(func.strpos(written, each) > 0 for each in mentioning))
    query = select(Workflow.id, Workflow.kind, Workflow.name, Workflow.document)
    query = query.where(Workflow.deleted_at.is_(None), mentions).order_by(Workflow.name, Workflow.id)
    for row in session.execute(query.execution_options(yield_per=100)):
        yield row.id, row.kind, row.name, row.document


def create_workflow(session: Session, draft: WorkflowDraft) -> Workflow:
    """Save a new workflow as version 1."""
    workflow = Workflow(id=new_id(), version=1, revision=1, catalog_revision=_next_revision(session))
    _fill_columns(workflow, draft)
    session.add_all([workflow, _version_of(workflow)])
    with _name_of_its_own(draft.name):
        session.flush()
    session.refresh(workflow)
    return workflow


def replace_workflow(session: Session, workflow: Workflow, draft: WorkflowDraft) -> Workflow:
    """Save over a locked workflow; it is a new version where what runs has changed."""
    if draft.kind != workflow.kind:
        raise Conflict(f"The workflow {workflow.name} is of the kind {workflow.kind} and cannot become {draft.kind}.")
    runs_alike, gathers_alike = _runs_alike(workflow, draft), _gathers(workflow) == _gathers(draft)
    _fill_columns(workflow, draft)
    if not runs_alike:
        workflow.version += 1
        session.add(_version_of(workflow))
    with _name_of_its_own(draft.name):
        _touch(session, workflow)
        session.flush()
    if not gathers_alike:
        windows.close_early(cursor_of(session), workflow.id)
    session.refresh(workflow)
    return workflow


def register_workflow(session: Session, draft: WorkflowDraft, *, source: str) -> str:
    """
    Save a draft that comes from a file under its name: ``new``, ``updated``, ``unchanged``, or ``outdated``.

    ``source`` is the file's text. One that was registered before another one is outdated, and nothing is saved: it is
    the file of an older build that starts again. Other processes that register wait until this transaction ends. A
    workflow that was deactivated stays inactive.
    """
    workflow = _named_alone(session, draft)
    if not _remember_file(session, draft, source):
        return "outdated"
    if workflow is None:
        create_workflow(session, draft)
        return "new"
    if registered_text(workflow) == registered_text(draft):
        return "unchanged"
    replace_workflow(session, workflow, dataclasses.replace(draft, is_active=workflow.is_active))
    return "updated"


def _remember_file(session: Session, draft: WorkflowDraft, source: str) -> bool:
    """Record that this file was registered; False if another file has been registered under its name since."""
    digest = digest_of(source)
    named = (WorkflowFile.kind == draft.kind, WorkflowFile.name == draft.name)
    known = session.scalars(select(WorkflowFile.digest).where(*named).order_by(WorkflowFile.seq.desc())).all()
    if digest in known[1:]:
        return False
    if digest not in known:
        session.add(WorkflowFile(kind=draft.kind, name=draft.name, digest=digest))
        session.flush()
    return True


def find_submitted(cursor: Cursor, draft: WorkflowDraft) -> Startable | None:
    """The workflow of the draft's name, if its newest version runs the draft."""
    (found,) = find_all_submitted(cursor, [draft])
    return found


def find_all_submitted(cursor: Cursor, drafts: Sequence[WorkflowDraft]) -> list[Startable | None]:
    """The workflow of each draft's name, if its newest version runs the draft."""
    cursor.execute(
        "SELECT id, name, kind, version, revision, flow, document FROM workflows"
        " WHERE name = ANY(%s) AND kind = ANY(%s) AND deleted_at IS NULL",
        ([draft.name for draft in drafts], [draft.kind for draft in drafts]),
    )
    found: dict[tuple[str, str, str], Startable] = {}
    for *columns, document in cursor.fetchall():
        workflow = Startable(*columns)
        found.setdefault((workflow.name, workflow.kind, _essence(workflow.kind, document)), workflow)
    return [found.get((draft.name, draft.kind, _essence(draft.kind, draft.document))) for draft in drafts]


def submit_workflow(session: Session, draft: WorkflowDraft) -> Workflow:
    """
    The workflow of the draft's name, in the version that runs the draft; it is created or updated if needed.

    Its other properties, such as its trigger, stay. A submission that changes nothing takes no lock.
    """
    found: Workflow | None = session.scalar(_find_named(draft))
    if found is not None and _runs_alike(found, draft):
        return found
    workflow = _named_alone(session, draft)
    if workflow is None:
        return create_workflow(session, draft)
    if _runs_alike(workflow, draft):
        return workflow
    changed = dataclasses.replace(_draft_of(workflow), document=draft.document, warnings=draft.warnings)
    return replace_workflow(session, workflow, changed)


def _draft_of(workflow: Workflow) -> WorkflowDraft:
    """A draft that saves the workflow unchanged; its schedule is the same, so no time has to be looked up in it."""
    names = [
        each.name for each in dataclasses.fields(WorkflowDraft) if each.name not in ("is_scheduled_at", "conditions")
    ]
    return WorkflowDraft(**{name: getattr(workflow, name) for name in names})


def _find_named(draft: WorkflowDraft) -> Select[Any]:
    return select(Workflow).where(
        Workflow.name == draft.name, Workflow.kind == draft.kind, Workflow.deleted_at.is_(None)
    )


def _named_alone(session: Session, draft: WorkflowDraft) -> Workflow | None:
    """The workflow of this name, if there is one; other registrations wait until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": REGISTRATION})
    query = _find_named(draft).with_for_update().execution_options(populate_existing=True)
    found: Workflow | None = session.scalar(query)
    return found


def delete_workflow(session: Session, workflow: Workflow) -> None:
    """Hide a locked workflow for good; its executions and their definitions stay."""
    workflow.deleted_at = func.now()
    workflow.is_active = False
    workflow.next_at = None
    _touch(session, workflow)


def etag(workflow: Workflow) -> str:
    return f'"{workflow.id}.{workflow.revision}"'


def _get(session: Session, id: str, *, lock: bool) -> Workflow:
    query = select(Workflow).where(Workflow.id == parse_id(id), Workflow.deleted_at.is_(None))
    workflow = session.scalar(query.with_for_update() if lock else query)
    if workflow is None:
        raise NotFound.of("Workflow", id)
    return workflow


def _matches(if_match: str, current: str) -> bool:
    """``If-Match``: a list of tags, or ``*`` for any; a proxy may have marked ours as weak."""
    tags = [tag.strip().removeprefix("W/") for tag in if_match.split(",")]
    return "*" in tags or current in tags


def _fill_columns(workflow: Workflow, draft: WorkflowDraft) -> None:
    workflow.next_at = _next_at(workflow, draft)
    workflow.kind = draft.kind
    workflow.name = draft.name
    workflow.description = draft.description
    workflow.trigger = draft.trigger
    workflow.named_types = list_named_types(draft.trigger) or None
    workflow.is_active = draft.is_active
    workflow.flow = draft.flow
    workflow.document = draft.document
    workflow.warnings = draft.warnings
    for column in ("trigger", "flow", "document"):
        # Python takes 1, 1.0 and true for equal, and SQLAlchemy would keep the old one.
        flag_modified(workflow, column)


def _next_at(workflow: Workflow, draft: WorkflowDraft) -> datetime | None:
    """A time that is due, and is also one of the new schedule, stays due, in whatever words the schedule is saved."""
    due = workflow.next_at
    if not draft.is_active or due is None:
        return draft.next_at if draft.is_active else None
    if _schedule_times(workflow.flow) == _schedule_times(draft.flow):
        return due
    is_past = draft.next_at is None or due < draft.next_at
    return due if is_past and draft.is_scheduled_at(due) else draft.next_at


def _schedule_times(flow: dict[str, Any] | None) -> tuple[str, str] | None:
    """The expression and the time zone of a schedule."""
    schedule = (flow or {}).get("schedule")
    return schedule and (cron_fields(schedule["cron"]), schedule.get("timezone", "UTC"))


@contextmanager
def _name_of_its_own(name: str) -> Iterator[None]:
    """A block that writes a workflow. Raises Conflict if its name must be unique and is not."""
    try:
        yield
    except IntegrityError as error:
        if UNIQUE_NAME not in str(error.orig):
            raise
        raise Conflict(f"There is a workflow of the name {name} already.") from None


def _touch(session: Session, workflow: Workflow) -> None:
    # The catalog is locked before a name is taken or given up, as it is when a workflow is created.
    with session.no_autoflush:
        workflow.catalog_revision = _next_revision(session)
    workflow.revision += 1
    workflow.updated_at = func.now()


def _next_revision(session: Session) -> int:
    """
    Raise the catalog's revision.

    Its row is locked until the transaction ends, so saves commit in the order of their revisions: a reader of the
    catalog at one revision has seen every save up to it.
    """
    raised = update(Catalog).where(Catalog.id == 1).values(revision=Catalog.revision + 1).returning(Catalog.revision)
    return session.execute(raised).scalar_one()


def _version_of(workflow: Workflow) -> WorkflowVersion:
    return WorkflowVersion(workflow_id=workflow.id, version=workflow.version, document=workflow.document)


def _runs_alike(workflow: Workflow, draft: WorkflowDraft) -> bool:
    return _essence(workflow.kind, workflow.document) == _essence(draft.kind, draft.document)


def _gathers(thing: Workflow | WorkflowDraft) -> list[Any]:
    """The part of the flow control that makes events wait for others."""
    return [(thing.flow or {}).get(member) for member in ("debounce", "batch")]


def _essence(kind: str, document: Any) -> str:
    """The part of a definition that decides what runs, as text to compare: 1, 1.0 and true differ in it."""
    return dumps(essence_of(kind, document), sort_keys=True)
