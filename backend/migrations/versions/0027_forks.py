"""Executions name the one that they were forked from; steps say that they were kept of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    limit_lock_waits()
    op.add_column("steps", sa.Column("kept", sa.Boolean, server_default=sa.false(), nullable=False))
    op.add_column("executions", sa.Column("forked_from", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column("executions", sa.Column("given_input", sa.JSON, nullable=True))
    op.add_column("executions", sa.Column("migrated_from", sa.Integer, nullable=True))


def downgrade() -> None:
    limit_lock_waits()
    for table, column in (
        ("executions", "migrated_from"),
        ("executions", "given_input"),
        ("executions", "forked_from"),
        ("steps", "kept"),
    ):
        op.drop_column(table, column)
