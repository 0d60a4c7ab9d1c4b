"""Indexes and vacuum settings that keep statements fast while the history grows."""

from __future__ import annotations

from alembic import op

from app.storage.ddl import create_index, drop_index, limit_lock_waits

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

LARGE = (
    "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,"
    " autovacuum_analyze_scale_factor = 0.02"
)
LIVELY = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000"
SETTINGS = {
    **dict.fromkeys(("executions", "steps", "events"), LARGE),
    **dict.fromkeys(("lanes", "windows", "window_events", "join_counts", "fan_outs", "fan_out_items"), LIVELY),
    **dict.fromkeys(("signals", "subscriptions", "unmatched_events"), LIVELY),
}


def upgrade() -> None:
    limit_lock_waits()
    for table, settings in SETTINGS.items():
        op.execute(f"ALTER TABLE {table} SET ({settings})")
    create_index(
        "executions_by_workflow_and_status",
        "executions",
        ["workflow_id", "status", "id"],
        where="inline_path IS NULL AND status <> 'COMPLETED'",
    )
    create_index("events_by_cause", "events", ["cause_execution_id"], where="cause_execution_id IS NOT NULL")


def downgrade() -> None:
    drop_index("events_by_cause", "events")
    drop_index("executions_by_workflow_and_status", "executions")
    for table, settings in SETTINGS.items():
        names = ", ".join(setting.partition(" ")[0] for setting in settings.split(", "))
        op.execute(f"ALTER TABLE {table} RESET ({names})")
