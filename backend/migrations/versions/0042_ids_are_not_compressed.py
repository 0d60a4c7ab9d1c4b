"""The ids of events in the sets of backtests are kept uncompressed: they do not get smaller, and trying takes time."""

from __future__ import annotations

from alembic import op

revision = "0042"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE backtest_parts ALTER COLUMN event_ids SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("ALTER TABLE backtest_parts ALTER COLUMN event_ids SET STORAGE EXTENDED")
