"""Steps, executions and signals keep when their wake-up was last published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("executions", "steps", "signals")


def upgrade() -> None:
    limit_lock_waits()
    for table in TABLES:
        op.add_column(table, sa.Column("woken_at", sa.DateTime(timezone=True)))
    # A constant default, so that no row is rewritten: what is left from before counts as published now.
    op.alter_column("signals", "woken_at", server_default=sa.text("clock_timestamp()"))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "woken_at")
