"""
Events keep all attributes of a CloudEvent.

The column is null for all events of before, so nothing is rewritten; a build of before does not name it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("events", sa.Column("attributes", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("events", "attributes")
