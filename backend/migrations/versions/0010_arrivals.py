"""Executions that come into their lane later than they were made."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX = "executions_in_lane"
HOLDS = sa.text("lane IS NOT NULL AND status IN ('PENDING', 'RUNNING', 'PAUSED')")


def upgrade() -> None:
    op.add_column("executions", sa.Column("arrival", sa.Uuid(as_uuid=False)))
    _order_lanes_by(sa.text("coalesce(arrival, id)"), "id")


def downgrade() -> None:
    _order_lanes_by("id")
    op.drop_column("executions", "arrival")


def _order_lanes_by(*came: Any) -> None:
    op.drop_index(INDEX, "executions")
    op.create_index(INDEX, "executions", ["lane", "queued", sa.text("priority DESC"), *came], postgresql_where=HOLDS)
