"""The audit is searched by ranges of pages, so that adding an entry costs little more than its row."""

from __future__ import annotations

from app.storage.ddl import create_index, drop_index

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index(
        "audit_ranges",
        "audit",
        ["actor", "thing_id"],
        postgresql_using="brin",
        postgresql_ops={"actor": "text_bloom_ops", "thing_id": "text_bloom_ops"},
        postgresql_with={"autosummarize": True, "pages_per_range": 32},
    )
    drop_index("audit_by_actor", "audit")
    drop_index("audit_by_thing", "audit")


def downgrade() -> None:
    create_index("audit_by_actor", "audit", ["actor", "id"])
    create_index("audit_by_thing", "audit", ["thing_id", "id"])
    drop_index("audit_ranges", "audit")
