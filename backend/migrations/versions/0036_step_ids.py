"""Steps are found by their id, in whichever execution they are."""

from __future__ import annotations

from app.storage.ddl import create_index, drop_index

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index("steps_by_id", "steps", ["id"])


def downgrade() -> None:
    drop_index("steps_by_id", "steps")
