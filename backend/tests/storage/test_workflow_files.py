"""A file that is registered is told from one that would change its workflow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.storage import workflows
from app.storage.database import driver
from app.storage.orm import make_sessions
from app.storage.workflow_draft import WorkflowDraft
from app.storage.workflow_files import is_registered

DRAFT = WorkflowDraft(name="shipped", kind="tasks", document={"tasks": [{"config": {"note": 1}}]}, trigger=True)
SOURCE = "name: shipped"


def register(session: Session, draft: WorkflowDraft = DRAFT, source: str = SOURCE) -> None:
    with session.begin():
        workflows.register_workflow(session, draft, source=source)


@pytest.fixture
def session(engine: Engine) -> Session:
    return make_sessions(engine)()


def ask(engine: Engine, draft: WorkflowDraft = DRAFT, source: str = SOURCE) -> bool:
    with driver(engine) as connection, connection.cursor() as cursor:
        return is_registered(cursor, draft, source=source)


def test_file_is_registered_once_it_was_saved(engine: Engine, session: Session) -> None:
    before = ask(engine)
    register(session)

    assert (before, ask(engine)) == (False, True)


def test_changed_file_is_not_registered(engine: Engine, session: Session) -> None:
    register(session)

    assert not ask(engine, source="name: shipped\n")


def test_workflow_that_was_changed_is_not_its_file(engine: Engine, session: Session) -> None:
    register(session)

    for changed in ({"trigger": 1}, {"flow": {"priority": 1}}, {"document": {"tasks": [{"config": {"note": True}}]}}):
        assert not ask(engine, replace(DRAFT, **changed))


def test_older_file_is_not_registered(engine: Engine, session: Session) -> None:
    register(session)
    register(session, source="newer")

    assert not ask(engine)
    assert ask(engine, source="newer")


def test_file_of_a_deleted_workflow_is_not_registered(engine: Engine, session: Session) -> None:
    register(session)
    with session.begin():
        for workflow in session.scalars(workflows._find_named(DRAFT)):
            workflows.delete_workflow(session, workflow)

    assert not ask(engine)
