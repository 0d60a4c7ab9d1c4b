"""A list costs what it shows, however much there is: each question is a search in an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from app.settings import Settings
from app.storage import executions
from app.storage.engine import make_engine
from app.storage.execution_filters import Filter, restrict
from app.storage.ids import NOBODY, new_id
from app.storage.migrate import migrate
from app.storage.models.executions import Execution
from app.storage.orm import make_sessions
from app.storage.pages import Page
from app.storage.statuses import ExecutionStatus
from tests.servers import Databases

#: What is asked for, and where it is found.
LISTS = {
    "executions_listed": Filter(),
    "executions_by_workflow": Filter(workflow_id=NOBODY),
    "executions_by_status": Filter(status=ExecutionStatus.FAILED),
    "executions_by_event": Filter(event_id=NOBODY),
    "executions_by_lane": Filter(lane="steps"),
    "executions_by_fan_out": Filter(parent_id=NOBODY),
}
NOW = datetime(2026, 1, 31, tzinfo=timezone.utc)
#: The same with bounds in time, or for several of them: where each part is found.
BOUNDED = {
    "executions_listed": Filter(since=NOW, until=NOW),
    "executions_by_workflow": Filter(workflow_id=NOBODY, since=NOW),
    "executions_by_status": Filter(statuses=(ExecutionStatus.FAILED, ExecutionStatus.CANCELLED), since=NOW),
    "executions_by_workflow_and_status": Filter(q="lead", status=ExecutionStatus.FAILED),
}


@pytest.fixture(scope="module")
def engine(databases: Databases) -> Iterator[Engine]:
    """A database of these tests alone: rows of earlier ones leave their pages and statistics, and so other plans."""
    with databases.fresh(migrate) as url:
        made = make_engine(Settings(database_url=url))
        yield made
        made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose plans are those of large tables."""
    with make_sessions(engine)() as session:
        session.execute(text("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off"))
        yield session


def plan(session: Session, ask: Any) -> str:
    """How Postgres answers the last thing that is asked."""
    asked: list[tuple[str, Any]] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", keep)
    ask()
    event.remove(engine, "before_cursor_execute", keep)
    statement, parameters = asked[-1]
    rows = session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("index", LISTS)
def test_list_starts_with_the_newest_execution(session: Session, index: str) -> None:
    session.execute(
        text(
            "INSERT INTO fan_outs (id, execution_id, node_id, visit, attempt, workflow_id, version, depth, collects,"
            " total, next_item) VALUES (:id, :id, 'a', 1, 1, :id, 1, 1, true, 1, 1)"
        ),
        {"id": NOBODY},
    )

    said = plan(session, lambda: executions.list_executions(session, LISTS[index], Page()))

    assert f"Index Scan Backward using {index} on executions" in said


@pytest.mark.parametrize("index", BOUNDED)
def test_bounded_list_is_a_search_in_an_index(session: Session, index: str) -> None:
    id = new_id()
    session.execute(
        text(
            "INSERT INTO workflows (id, kind, name, document, catalog_revision) VALUES (:id, 'graph', 'Leads', '{}', 1)"
        ),
        {"id": id},
    )
    session.execute(text("SET enable_sort = on"))
    wanted = BOUNDED[index]
    page = Page()

    def ask() -> None:
        query = restrict(session, select(Execution.id), wanted, page)
        if not wanted.statuses and not wanted.q:
            session.execute(page.of(query, Execution.__table__.c.id))

    said = plan(session, ask)

    assert f"using {index} on executions" in said
    assert "Seq Scan on executions" not in said
    assert wanted.since is None or "(id >=" in said


def test_status_is_read_without_large_documents(session: Session) -> None:
    large, id = '"' + "x" * 100_000 + '"', new_id()
    session.execute(
        text(
            "INSERT INTO workflows (id, kind, name, document, catalog_revision) VALUES (:id, 'graph', 'w', '{}', 1);"
            "INSERT INTO executions (id, workflow_id, version, status, payload, output)"
            " VALUES (:id, :id, 1, 'COMPLETED', :large, :large)"
        ),
        {"id": id, "large": large},
    )

    shown = executions.get_execution(session, id, full=False)

    assert (shown.status, shown.context, shown.output) == ("COMPLETED", None, None)
    assert (shown.context_bytes, shown.output_bytes) == (len(large), len(large))
