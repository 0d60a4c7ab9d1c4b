"""What a workflow was before revisions were kept is not known; what it is now, it is since its last save."""

from __future__ import annotations

from datetime import datetime, timezone

from alembic import command
from sqlalchemy import text

from app.storage.ids import new_id
from app.storage.migrate import config, migrate
from tests.storage.test_migrate import engine_of

__all__ = ["empty_url"]

from tests.storage.test_migrate import empty_url

SAVED = datetime(2026, 1, 1, tzinfo=timezone.utc)
INSERT = """
INSERT INTO workflows (id, kind, name, trigger, is_active, version, revision, catalog_revision, document, updated_at)
VALUES (:id, 'graph', 'w', '{"var": "a"}', true, 3, 5, 7, '{}', :saved)
"""


def test_workflow_of_before_has_its_last_save(empty_url: str) -> None:
    engine, id = engine_of(empty_url), new_id()
    with engine.connect() as connection:
        command.upgrade(config(connection), "0020")
        connection.execute(text(INSERT), {"id": id, "saved": SAVED})
        connection.commit()

    migrate(empty_url)

    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT workflow_id, revision, version, trigger, saved_at FROM trigger_revisions")
        )
        assert [tuple(map(str, row)) for row in rows] == [(id, "7", "3", "{'var': 'a'}", str(SAVED))]
