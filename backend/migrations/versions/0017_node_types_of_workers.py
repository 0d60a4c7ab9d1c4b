"""Workers record the node types that they have handlers for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("node_types", sa.JSON))


def downgrade() -> None:
    op.drop_column("workers", "node_types")
