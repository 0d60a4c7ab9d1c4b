"""Executions that failed lately are found by the time at which they failed."""

from __future__ import annotations

from app.storage.ddl import create_index, drop_index

revision = "0038"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index(
        "executions_failed_at", "executions", ["finished_at"], where="status = 'FAILED' AND inline_path IS NULL"
    )


def downgrade() -> None:
    drop_index("executions_failed_at", "executions")
