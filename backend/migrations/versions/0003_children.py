"""Executions that a step of another starts, and signals for steps that wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_index("workflows_by_name", "workflows", ["name"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.add_column("executions", sa.Column("depth", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("executions", sa.Column("fan_out_id", ID))
    op.add_column("executions", sa.Column("item", sa.Integer))
    op.add_column("executions", sa.Column("inside", sa.JSON))
    op.create_index(
        "executions_by_fan_out",
        "executions",
        ["fan_out_id", "item"],
        postgresql_where=sa.text("fan_out_id IS NOT NULL"),
    )
    op.create_table(
        "fan_outs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("execution_id", ID, nullable=False),
        sa.Column("node_id", sa.Text, nullable=False),
        sa.Column("visit", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("workflow_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("inside", sa.JSON),
        sa.Column("event_id", ID),
        sa.Column("depth", sa.SmallInteger, nullable=False),
        sa.Column("base", sa.JSON),
        sa.Column("collects", sa.Boolean, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("begun", sa.Integer, nullable=False),
        sa.Column("ended", sa.Integer, nullable=False, server_default="0"),
        sa.Column("begins", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("look_at", TIME),
    )
    op.execute("ALTER TABLE fan_outs SET (fillfactor = 50)")
    op.create_index("ix_fan_outs_execution_id", "fan_outs", ["execution_id"])
    op.create_index("fan_outs_to_look_at", "fan_outs", ["look_at"], postgresql_where=sa.text("look_at IS NOT NULL"))
    op.create_table(
        "items",
        sa.Column("fan_out_id", ID, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.JSON, nullable=False),
    )
    op.create_table(
        "signals",
        sa.Column("execution_id", ID, primary_key=True),
        sa.Column("node_id", sa.Text, primary_key=True),
        sa.Column("visit", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ref", ID, nullable=False),
        sa.Column("look_at", TIME, nullable=False),
    )
    op.create_index("signals_to_look_at", "signals", ["look_at"])


def downgrade() -> None:
    op.drop_index("workflows_by_name", "workflows")
    op.drop_table("signals")
    op.drop_table("items")
    op.drop_table("fan_outs")
    op.drop_index("executions_by_fan_out", "executions")
    for column in ("inside", "item", "fan_out_id", "depth"):
        op.drop_column("executions", column)
