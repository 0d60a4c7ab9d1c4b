"""
Tables and columns get the names of the glossary.

Renames only: nothing is copied. Builds of before do not work with these names, so stop them before you upgrade.
"""

from __future__ import annotations

from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = {
    "tallies": "join_counts",
    "waits": "subscriptions",
    "unheard": "unmatched_events",
    "gathered": "window_events",
    "items": "fan_out_items",
}
#: Columns, by the new name of their table.
COLUMNS = {
    "executions": {"visits": "loop_visits", "inside": "inline_path", "look_at": "next_check_at"},
    "steps": {"took": "branch", "look_at": "next_check_at"},
    "join_counts": {"held": "deferred_exits"},
    "fan_outs": {
        "inside": "inline_path",
        "base": "base_payload",
        "begun": "next_item",
        "begins": "started_next",
        "look_at": "next_check_at",
    },
    "signals": {"look_at": "next_check_at"},
    "subscriptions": {
        "seen": "variables",
        "path": "correlation_path",
        "key": "correlation_key",
        "used": "ignored_events",
        "reached": "scanned_to",
        "looked_at": "scanned_at",
        "look_at": "next_check_at",
    },
    "unmatched_events": {"reached": "matched_to"},
    "lanes": {"look_at": "next_check_at"},
    "windows": {"longest": "max_period"},
    "window_events": {"gathered_at": "added_at"},
    "workers": {"seen_at": "last_seen_at"},
}
INDEXES = {
    "executions_to_look_at": "executions_to_check",
    "steps_to_look_at": "steps_to_check",
    "fan_outs_to_look_at": "fan_outs_to_check",
    "signals_to_look_at": "signals_to_check",
    "lanes_to_look_at": "lanes_to_check",
    "ix_waits_execution_id": "ix_subscriptions_execution_id",
    "waits_by_key": "subscriptions_by_key",
    "waits_to_look_back": "subscriptions_to_scan",
    "tallies_pkey": "join_counts_pkey",
    "waits_pkey": "subscriptions_pkey",
    "unheard_pkey": "unmatched_events_pkey",
    "gathered_pkey": "window_events_pkey",
    "items_pkey": "fan_out_items_pkey",
}


def upgrade() -> None:
    limit_lock_waits()
    for old, new in TABLES.items():
        op.rename_table(old, new)
    for table, columns in COLUMNS.items():
        for old, new in columns.items():
            op.alter_column(table, old, new_column_name=new)
    for old, new in INDEXES.items():
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")


def downgrade() -> None:
    for old, new in INDEXES.items():
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    for table, columns in COLUMNS.items():
        for old, new in columns.items():
            op.alter_column(table, new, new_column_name=old)
    for old, new in TABLES.items():
        op.rename_table(new, old)
