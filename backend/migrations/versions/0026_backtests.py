"""Backtests: rules that are tried on the events of the past, and what was started afterwards because of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "backtests",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workflow_id", ID, nullable=True),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("compare_to", sa.Text(), nullable=True),
        sa.Column("baseline_revision", sa.BigInteger(), nullable=True),
        sa.Column("baseline", sa.JSON(), nullable=True),
        sa.Column("flow", sa.JSON(), nullable=True),
        sa.Column("from_time", TIME, nullable=False),
        sa.Column("to_time", TIME, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("next_check_at", TIME, nullable=True),
    )
    due = sa.text("next_check_at IS NOT NULL")
    op.create_index("backtests_to_check", "backtests", ["next_check_at"], postgresql_where=due)
    op.create_table(
        "backtest_slices",
        sa.Column("backtest_id", ID, primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("first_id", ID, nullable=False),
        sa.Column("end_id", ID, nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=True),
    )
    op.create_table(
        "backtest_parts",
        sa.Column("backtest_id", ID, primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column("event_ids", sa.ARRAY(ID), nullable=False),
    )
    op.create_table(
        "retro_starts",
        sa.Column("event_id", ID, primary_key=True),
        sa.Column("workflow_id", ID, primary_key=True),
        sa.Column("execution_id", ID, nullable=True),
        sa.Column("backtest_id", ID, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("started_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
    )
    op.create_index(
        "retro_starts_by_execution",
        "retro_starts",
        ["execution_id"],
        postgresql_where=sa.text("execution_id IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("retro_starts", "backtest_parts", "backtest_slices", "backtests"):
        op.drop_table(table)
