"""The forks of an execution are found by an index."""

from __future__ import annotations

from app.storage.ddl import create_index, drop_index

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index("executions_by_fork", "executions", ["forked_from", "id"], where="forked_from IS NOT NULL")


def downgrade() -> None:
    drop_index("executions_by_fork", "executions")
