"""A worker records its pool, how busy it is, and what its timekeeper has done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
COLUMNS = {
    "pool": sa.Text,
    "slots": sa.Integer,
    "busy": sa.Integer,
    "passed_at": TIME,
    "rescued": sa.BigInteger,
    "rescued_at": TIME,
}


def upgrade() -> None:
    limit_lock_waits()
    for name, type in COLUMNS.items():
        op.add_column("workers", sa.Column(name, type))


def downgrade() -> None:
    limit_lock_waits()
    for name in COLUMNS:
        op.drop_column("workers", name)
