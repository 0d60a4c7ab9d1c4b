"""The events that started an execution together are kept with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "gathered_events",
        sa.Column("event_id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("execution_id", sa.Uuid(as_uuid=False), primary_key=True),
    )
    op.create_index("gathered_events_by_execution", "gathered_events", ["execution_id"])


def downgrade() -> None:
    op.drop_table("gathered_events")
