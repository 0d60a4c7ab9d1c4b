"""Rates, windows in which events gather, and schedules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)
NOW = sa.func.now()


def upgrade() -> None:
    op.add_column("lanes", sa.Column("period", sa.Double))
    op.add_column("executions", sa.Column("rate", sa.Text))
    op.add_column("executions", sa.Column("admitted_at", TIME))
    op.create_index(
        "executions_by_rate", "executions", ["rate", "admitted_at"], postgresql_where=sa.text("rate IS NOT NULL")
    )
    op.create_table(
        "windows",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("workflow_id", ID, nullable=False),
        sa.Column("period", sa.Double, nullable=False),
        sa.Column("longest", sa.Double),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("events", sa.Integer, nullable=False, server_default="0"),
        sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("opened_at", TIME, nullable=False, server_default=NOW),
        sa.Column("closes_at", TIME, nullable=False, server_default=NOW),
    )
    op.execute("ALTER TABLE windows SET (fillfactor = 50)")
    op.create_index("windows_to_close", "windows", ["closes_at"])
    op.create_table(
        "gathered",
        sa.Column("window_name", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("gathered_at", TIME, nullable=False, server_default=sa.func.clock_timestamp()),
    )
    op.add_column("workflows", sa.Column("next_at", TIME))
    op.create_index("workflows_scheduled", "workflows", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("workflows_scheduled", "workflows")
    op.drop_column("workflows", "next_at")
    op.drop_table("gathered")
    op.drop_table("windows")
    op.drop_index("executions_by_rate", "executions")
    for column in ("rate", "admitted_at"):
        op.drop_column("executions", column)
    op.drop_column("lanes", "period")
