"""Lanes: executions of which only so many run at the same time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("workflows", sa.Column("flow", sa.JSON))
    op.add_column("executions", sa.Column("lane", sa.Text))
    op.add_column("executions", sa.Column("queued", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("executions", sa.Column("priority", sa.SmallInteger, nullable=False, server_default="0"))
    op.create_index(
        "executions_in_lane",
        "executions",
        ["lane", "queued", sa.text("priority DESC"), "id"],
        postgresql_where=sa.text("lane IS NOT NULL AND status IN ('PENDING', 'RUNNING', 'PAUSED')"),
    )
    op.create_table(
        "lanes",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("workflow_id", ID),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("on_limit", sa.Text, nullable=False),
        sa.Column("look_at", TIME),
    )
    op.execute("ALTER TABLE lanes SET (fillfactor = 50)")
    op.create_index("lanes_to_look_at", "lanes", ["look_at"], postgresql_where=sa.text("look_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("lanes")
    op.drop_index("executions_in_lane", "executions")
    for column in ("lane", "queued", "priority"):
        op.drop_column("executions", column)
    op.drop_column("workflows", "flow")
