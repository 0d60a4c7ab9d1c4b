"""Steps keep the claim whose worker was lost; approvals may be the question whether a lost step had its effect."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    limit_lock_waits()
    op.add_column("steps", sa.Column("lost_claim", sa.Integer(), nullable=True))
    op.add_column("approvals", sa.Column("kind", sa.Text(), server_default="decision", nullable=False))


def downgrade() -> None:
    limit_lock_waits()
    op.drop_column("approvals", "kind")
    op.drop_column("steps", "lost_claim")
