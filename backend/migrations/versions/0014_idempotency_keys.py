"""Idempotency keys have a table of their own, with a term."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("body_hash", sa.Text),
        sa.Column("status", sa.SmallInteger),
        sa.Column("response", sa.JSON),
        sa.Column("created_at", TIME, nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("expires_at", TIME),
    )
    op.create_index(
        "idempotency_keys_to_expire",
        "idempotency_keys",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    # A step posts its event once, however late it runs again; keys of others live as long as new ones do by default.
    op.execute(
        "INSERT INTO idempotency_keys (key, route, status, response, created_at, expires_at)"
        " SELECT dedupe_key, 'POST /events', 200, answer, received_at,"
        " CASE WHEN cause_execution_id IS NULL THEN clock_timestamp() + interval '30 days' END"
        " FROM events WHERE dedupe_key IS NOT NULL"
    )
    op.drop_constraint("events_dedupe_key_key", "events")
    op.drop_column("events", "dedupe_key")


def downgrade() -> None:
    op.add_column("events", sa.Column("dedupe_key", sa.Text))
    op.create_unique_constraint("events_dedupe_key_key", "events", ["dedupe_key"])
    op.execute(
        "UPDATE events SET dedupe_key = k.key FROM idempotency_keys k"
        " WHERE k.route = 'POST /events' AND k.response ->> 'event_id' = events.id::text"
    )
    op.drop_table("idempotency_keys")
