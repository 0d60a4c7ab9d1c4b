"""Every save of a workflow keeps its trigger, and every event the revision of the triggers that it met."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None

# The trigger also serves builds of before, which save workflows while this migration is already there. It runs with
# the rights of its owner: the role of such a build may lack those of the new table. The catalog's row is locked by the
# save, so the times of the rows grow with their revisions.
KEEP = """
CREATE FUNCTION keep_trigger_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO trigger_revisions
        (workflow_id, revision, name, version, trigger, flow, is_active, is_deleted, saved_at)
    VALUES (NEW.id, NEW.catalog_revision, NEW.name, NEW.version, NEW.trigger, NEW.flow, NEW.is_active,
            NEW.deleted_at IS NOT NULL, clock_timestamp());
    RETURN NULL;
END $$
"""
WATCH = """
CREATE TRIGGER keep_trigger_revision AFTER INSERT OR UPDATE OF catalog_revision ON workflows
FOR EACH ROW EXECUTE FUNCTION keep_trigger_revision()
"""
# What a workflow is now, it is since its last save; what it was before that is not known.
FIRST = """
INSERT INTO trigger_revisions (workflow_id, revision, name, version, trigger, flow, is_active, is_deleted, saved_at)
SELECT id, catalog_revision, name, version, trigger, flow, is_active, deleted_at IS NOT NULL, updated_at FROM workflows
"""


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "trigger_revisions",
        sa.Column("workflow_id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("revision", sa.BigInteger(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.JSON(), nullable=True),
        sa.Column("flow", sa.JSON(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=True),
    )
    op.create_table(
        "event_repeats",
        sa.Column("event_id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), primary_key=True),
    )
    op.add_column("events", sa.Column("catalog_revision", sa.BigInteger(), nullable=True))
    op.execute(KEEP)
    op.execute(WATCH)
    op.execute(FIRST)


def downgrade() -> None:
    limit_lock_waits()
    op.execute("DROP TRIGGER keep_trigger_revision ON workflows")
    op.execute("DROP FUNCTION keep_trigger_revision()")
    op.drop_column("events", "catalog_revision")
    op.drop_table("event_repeats")
    op.drop_table("trigger_revisions")
