"""A claim names its process, and a step how many were lost with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

from app.storage.ddl import limit_lock_waits

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    limit_lock_waits()
    op.add_column("steps", sa.Column("claimed_by", UUID, nullable=True))
    op.add_column("steps", sa.Column("lost_together", sa.Integer, server_default="0", nullable=False))


def downgrade() -> None:
    limit_lock_waits()
    op.drop_column("steps", "lost_together")
    op.drop_column("steps", "claimed_by")
