"""Executions may be tests: of a definition that is not saved, and of one node or the way to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0047"
down_revision = "0043"
branch_labels = None
depends_on = None

# A number is never used again: a process may still remember what it stood for. A build of before counts on from the
# least number of a workflow, so the next one is tried if a number is taken.
_NUMBERS = """
CREATE SEQUENCE own_versions;
SELECT setval('own_versions', (SELECT greatest(1, 1 - min(version)) FROM workflow_versions));
GRANT SELECT, USAGE ON SEQUENCE own_versions TO PUBLIC
"""
# As before, but for approvals of tests.
_APPROVALS = """
CREATE OR REPLACE FUNCTION record_approval_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM engine_event_types t WHERE t.type = TG_ARGV[0]) THEN
        INSERT INTO engine_events (xact, rank, execution_id, workflow_id, version, depth, type, status, node_id,
                                   approval_id, approval_status)
        SELECT pg_current_xact_id()::text::bigint, TG_ARGV[1]::smallint, e.id, e.workflow_id, e.version, e.depth,
               TG_ARGV[0], CASE e.status WHEN 'PENDING' THEN 'RUNNING' ELSE e.status END, NEW.node_id, NEW.id,
               NEW.status
        FROM executions e WHERE e.id = NEW.execution_id {};
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    limit_lock_waits()
    op.add_column("executions", sa.Column("test", sa.JSON(), nullable=True))
    op.add_column("fan_outs", sa.Column("is_test", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("workflow_versions", sa.Column("until", sa.Text(), nullable=True))
    op.execute(_NUMBERS)
    op.execute(_APPROVALS.format("AND e.test IS NULL"))


def downgrade() -> None:
    limit_lock_waits()
    op.execute(_APPROVALS.format(""))
    op.execute("DROP SEQUENCE own_versions")
    for table, column in (("workflow_versions", "until"), ("fan_outs", "is_test"), ("executions", "test")):
        op.drop_column(table, column)
