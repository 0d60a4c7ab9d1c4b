"""The names of tasks, DAGs and steps are unique among those of the same kind, no longer among all three."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = "workflows_unique_name"
WHERE = "kind IN ('tasks', 'dag', 'steps') AND deleted_at IS NULL"


def upgrade() -> None:
    op.drop_index(NAME, "workflows")
    op.create_index(NAME, "workflows", ["name", "kind"], unique=True, postgresql_where=sa.text(WHERE))


def downgrade() -> None:
    op.drop_index(NAME, "workflows")
    op.create_index(NAME, "workflows", ["name"], unique=True, postgresql_where=sa.text(WHERE))
