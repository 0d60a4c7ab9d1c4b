"""API keys, sessions of the studio, and the audit, whose entries cannot be changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# Also for the owner of the table, whose rights Trigraph has: a mistake in a statement must not lose an entry.
REFUSE = """
CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit is append-only: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""
WATCH = """
CREATE TRIGGER refuse_change_of_audit BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
"""


def upgrade() -> None:
    limit_lock_waits()
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("workflow_prefix", sa.Text(), nullable=True),
        sa.Column("requests_per_second", sa.Integer(), nullable=True),
        sa.Column("bytes_per_minute", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "login_sessions",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("key_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "access_revision",
        sa.Column("id", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
    )
    op.execute("INSERT INTO access_revision (id) VALUES (1)")
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("thing_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
    )
    # The tables are new and empty, so these lock nobody out.
    op.create_index("audit_by_actor", "audit", ["actor", "id"])
    op.create_index("audit_by_thing", "audit", ["thing_id", "id"])
    op.execute(REFUSE)
    op.execute(WATCH)


def downgrade() -> None:
    limit_lock_waits()
    for table in ("audit", "access_revision", "login_sessions", "api_keys"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_audit()")
