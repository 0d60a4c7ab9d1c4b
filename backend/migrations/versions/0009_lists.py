"""Lists of executions find what they show without passing over what they do not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: The new indexes: their columns, and the executions that are in them.
INDEXES = {
    "executions_listed": (["id"], "inside IS NULL"),
    "executions_by_workflow": (["workflow_id", "id"], "inside IS NULL"),
    "executions_by_event": (["event_id", "id"], "inside IS NULL AND event_id IS NOT NULL"),
    "executions_by_status": (["status", "id"], "inside IS NULL AND status <> 'COMPLETED'"),
    "executions_by_lane": (["lane", "id"], "lane IS NOT NULL"),
    "executions_by_fan_out": (["fan_out_id", "id"], "fan_out_id IS NOT NULL"),
}
#: Those of before of the same names.
BEFORE = {
    "executions_by_workflow": (["workflow_id", "id"], None),
    "executions_by_event": (["event_id"], "event_id IS NOT NULL"),
    "executions_by_fan_out": (["fan_out_id", "item"], "fan_out_id IS NOT NULL"),
}


def upgrade() -> None:
    _replace(BEFORE, INDEXES)


def downgrade() -> None:
    _replace(INDEXES, BEFORE)


def _replace(old: dict, new: dict) -> None:
    for name in old:
        op.drop_index(name, "executions")
    for name, (columns, where) in new.items():
        op.create_index(name, "executions", columns, postgresql_where=None if where is None else sa.text(where))
