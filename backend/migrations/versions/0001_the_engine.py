"""Workflows, events, executions and their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)
NOW = sa.func.now()


def upgrade() -> None:
    create_workflows()
    create_events()
    create_executions()
    create_steps()
    create_notifications()


def downgrade() -> None:
    for table in (
        "notifications",
        "tallies",
        "steps",
        "executions",
        "events",
        "catalog",
        "workflow_versions",
        "workflows",
    ):
        op.drop_table(table)


def create_workflows() -> None:
    op.create_table(
        "workflows",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.JSON),
        sa.Column("trigger", sa.JSON),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
        sa.Column("catalog_revision", sa.BigInteger, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.Column("updated_at", TIME, nullable=False, server_default=NOW),
        sa.Column("deleted_at", TIME),
    )
    op.create_index("ix_workflows_catalog_revision", "workflows", ["catalog_revision"])
    op.create_index("workflows_live", "workflows", ["id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(
        "workflows_unique_name",
        "workflows",
        ["name"],
        unique=True,
        postgresql_where=sa.text("kind = 'tasks' AND deleted_at IS NULL"),
    )
    op.create_table(
        "workflow_versions",
        sa.Column("workflow_id", ID, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    )
    catalog = op.create_table(
        "catalog",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="1"),
    )
    op.bulk_insert(catalog, [{"id": 1}])


def create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, primary_key=True),
        sa.Column("external_id", sa.JSON),
        sa.Column("source", sa.JSON),
        sa.Column("type", sa.JSON),
        sa.Column("time", sa.JSON),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("dedupe_key", sa.Text, unique=True),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("received_at", TIME, nullable=False, server_default=NOW),
    )


def create_executions() -> None:
    op.create_table(
        "executions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workflow_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("event_id", ID),
        sa.Column("open_steps", sa.Integer, nullable=False, server_default="0"),
        sa.Column("closing", sa.Text),
        sa.Column("visits", sa.JSON),
        sa.Column("output", sa.JSON),
        sa.Column("error", sa.JSON),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("look_at", TIME),
    )
    op.execute("ALTER TABLE executions SET (fillfactor = 80)")
    op.create_index("executions_by_workflow", "executions", ["workflow_id", "id"])
    op.create_index("executions_by_event", "executions", ["event_id"], postgresql_where=sa.text("event_id IS NOT NULL"))
    op.create_index(
        "executions_to_look_at",
        "executions",
        ["look_at"],
        postgresql_where=sa.text("look_at IS NOT NULL AND status IN ('PENDING', 'RUNNING')"),
    )


def create_steps() -> None:
    op.create_table(
        "steps",
        sa.Column("execution_id", ID, primary_key=True),
        sa.Column("node_id", sa.Text, primary_key=True),
        sa.Column("visit", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False, server_default=""),
        sa.Column("claim", sa.Integer, nullable=False, server_default="0"),
        sa.Column("took", sa.Text),
        sa.Column("resume", sa.Text),
        sa.Column("is_last", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("compensates", sa.Text),
        sa.Column("output", sa.JSON),
        sa.Column("error", sa.JSON),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("due_at", TIME),
        sa.Column("look_at", TIME),
    )
    op.create_index(
        "steps_to_look_at",
        "steps",
        ["look_at"],
        postgresql_where=sa.text("look_at IS NOT NULL AND status IN ('READY', 'RUNNING', 'WAITING')"),
    )
    op.create_table(
        "tallies",
        sa.Column("execution_id", ID, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("taken", sa.Integer, nullable=False, server_default="0"),
        sa.Column("skipped", sa.Integer, nullable=False, server_default="0"),
        sa.Column("settled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("held", sa.JSON),
    )
    op.execute("ALTER TABLE tallies SET (fillfactor = 50)")


def create_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", ID, primary_key=True),
        sa.Column("execution_id", ID, nullable=False),
        sa.Column("node_id", sa.Text, nullable=False),
        sa.Column("notified", sa.JSON),
        sa.Column("message", sa.JSON),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    )
    op.create_index("ix_notifications_execution_id", "notifications", ["execution_id"])
