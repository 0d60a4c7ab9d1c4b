"""Test executions are listed, and found when they are to be deleted, by an index of their own."""

from __future__ import annotations

from app.storage.ddl import create_index, drop_index

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index("executions_tests", "executions", ["workflow_id", "id"], where="test IS NOT NULL")


def downgrade() -> None:
    drop_index("executions_tests", "executions")
