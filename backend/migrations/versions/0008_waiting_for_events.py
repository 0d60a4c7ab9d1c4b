"""Steps that wait for events, and events that steps post."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("events", sa.Column("depth", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("events", sa.Column("cause_execution_id", ID))
    op.add_column("events", sa.Column("cause_node_id", sa.Text))
    op.create_table(
        "waits",
        sa.Column("id", ID, primary_key=True),
        sa.Column("execution_id", ID, nullable=False),
        sa.Column("node_id", sa.Text, nullable=False),
        sa.Column("visit", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("condition", sa.JSON, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("used", sa.ARRAY(ID), nullable=False),
        sa.Column("created_at", TIME, nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("reached", ID),
        sa.Column("looked_at", TIME),
        sa.Column("look_at", TIME),
    )
    op.create_index("ix_waits_execution_id", "waits", ["execution_id"])
    op.create_index("waits_by_key", "waits", ["path", "key", "id"])
    op.create_index("waits_to_look_back", "waits", ["look_at"], postgresql_where=sa.text("look_at IS NOT NULL"))
    op.create_table(
        "unheard",
        sa.Column("event_id", ID, primary_key=True),
        sa.Column("accepted_at", TIME, nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("reached", ID),
    )


def downgrade() -> None:
    op.drop_table("unheard")
    op.drop_table("waits")
    for column in ("cause_node_id", "cause_execution_id", "depth"):
        op.drop_column("events", column)
