"""The names of tasks, DAGs and steps are unique among those of the same kind, no longer among all three."""

from __future__ import annotations

from app.storage.ddl import create_index

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NAME = "workflows_unique_name"
WHERE = "kind IN ('tasks', 'dag', 'steps') AND deleted_at IS NULL"


def upgrade() -> None:
    create_index(NAME, "workflows", ["name", "kind"], unique=True, where=WHERE)


def downgrade() -> None:
    create_index(NAME, "workflows", ["name"], unique=True, where=WHERE)
