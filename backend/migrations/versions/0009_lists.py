"""Lists of executions find what they show without passing over what they do not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LISTED = sa.text("inside IS NULL")


def upgrade() -> None:
    op.create_index("executions_listed", "executions", ["id"], postgresql_where=LISTED)
    op.drop_index("executions_by_workflow", "executions")
    op.create_index("executions_by_workflow", "executions", ["workflow_id", "id"], postgresql_where=LISTED)
    op.create_index(
        "executions_by_status",
        "executions",
        ["status", "id"],
        postgresql_where=sa.text("inside IS NULL AND status <> 'COMPLETED'"),
    )
    op.create_index("executions_by_lane", "executions", ["lane", "id"], postgresql_where=sa.text("lane IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("executions_by_lane", "executions")
    op.drop_index("executions_by_status", "executions")
    op.drop_index("executions_by_workflow", "executions")
    op.create_index("executions_by_workflow", "executions", ["workflow_id", "id"])
    op.drop_index("executions_listed", "executions")
