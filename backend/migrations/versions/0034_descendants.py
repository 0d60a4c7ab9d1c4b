"""The executions that one execution leads to are counted, by the root that all of them have in common."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_TABLES = ("executions", "events", "fan_outs")


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "descendants",
        sa.Column("root_id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("slot", sa.SmallInteger, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    for table in _TABLES:
        op.add_column(table, sa.Column("root_id", sa.Uuid(as_uuid=False), nullable=True))


def downgrade() -> None:
    limit_lock_waits()
    for table in _TABLES:
        op.drop_column(table, "root_id")
    op.drop_table("descendants")
