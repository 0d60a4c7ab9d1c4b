"""Secrets and credentials: values that are encrypted, and how they are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "former_secrets",
        sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_table(
        "credentials",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("hosts", sa.JSON, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )


def downgrade() -> None:
    limit_lock_waits()
    for table in ("credentials", "former_secrets", "secrets"):
        op.drop_table(table)
