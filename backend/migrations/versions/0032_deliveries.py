"""Subscriptions to events of the engine, and the deliveries to their receivers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "webhook_subscriptions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("workflow_id", ID, nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("off_reason", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", TIME, server_default=sa.text("now()"), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", ID, primary_key=True),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("execution_id", ID, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=True),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("claim", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempted_at", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
    )
    pending = sa.text("status = 'pending'")
    op.create_index("deliveries_due", "deliveries", ["next_attempt_at"], postgresql_where=pending)
    due = ["subscription_id", "next_attempt_at", "seq"]
    op.create_index("deliveries_due_by_subscription", "deliveries", due, postgresql_where=pending)
    order = ["subscription_id", "execution_id", "seq"]
    op.create_index("deliveries_in_order", "deliveries", order, postgresql_where=pending)
    claimed = sa.text("claimed_until IS NOT NULL")
    op.create_index("deliveries_claimed", "deliveries", ["subscription_id"], postgresql_where=claimed)
    op.create_index("deliveries_by_subscription", "deliveries", ["subscription_id", "seq"])
    ended = sa.text("finished_at IS NOT NULL")
    op.create_index("deliveries_finished", "deliveries", ["status", "finished_at"], postgresql_where=ended)
    op.execute(
        "ALTER TABLE deliveries SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,"
        " autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)"
    )


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("webhook_subscriptions")
