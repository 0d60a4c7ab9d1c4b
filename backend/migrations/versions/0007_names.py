"""The names of DAGs and of steps are unique, as those of tasks are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = "workflows_unique_name"


def upgrade() -> None:
    _replace("kind IN ('tasks', 'dag', 'steps') AND deleted_at IS NULL")


def downgrade() -> None:
    _replace("kind = 'tasks' AND deleted_at IS NULL")


def _replace(where: str) -> None:
    op.drop_index(NAME, "workflows")
    op.create_index(NAME, "workflows", ["name"], unique=True, postgresql_where=sa.text(where))
