"""Steps count the workers that were lost while they ran, apart from claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("steps", sa.Column("losses", sa.Integer, server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("steps", "losses")
