"""Hooks, and the deliveries that they refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "hooks",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=True),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=True),
        sa.Column("secrets", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("sealed_verify_token", sa.LargeBinary(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("revision", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", TIME, server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "hook_refusals",
        sa.Column("hook_id", ID, primary_key=True),
        sa.Column("slot", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
    )
    # A refusal that takes the slot of another one is an update within the page.
    op.execute(
        "ALTER TABLE hook_refusals SET"
        " (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)"
    )


def downgrade() -> None:
    for table in ("hook_refusals", "hooks"):
        op.drop_table(table)
