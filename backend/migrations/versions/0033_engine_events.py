"""Changes of executions and approvals that somebody listens to are recorded as events of the engine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.storage.ddl import limit_lock_waits

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)

# Functions of triggers run with the rights of their owner: the role of a build of before, which runs beside this one
# during an upgrade, may lack those of the new tables.
_FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
{body}
    RETURN NULL;
END $$
"""

# The types that anybody listens to. Changes wait for each other, and each sees those that were committed before. The
# sequence is set at once, also if the transaction is rolled back, which costs a little and loses nothing.
LISTENED = """
    LOCK TABLE engine_event_types IN SHARE ROW EXCLUSIVE MODE;
    PERFORM setval('engine_events_listened', 2);
    INSERT INTO engine_event_types
    SELECT unnest(named_types) FROM workflows
    WHERE named_types IS NOT NULL AND is_active AND deleted_at IS NULL
    UNION SELECT unnest(types) FROM webhook_subscriptions WHERE is_active
    ON CONFLICT DO NOTHING;
    DELETE FROM engine_event_types t
    WHERE NOT EXISTS (SELECT FROM workflows w WHERE t.type = ANY(w.named_types) AND w.is_active
                      AND w.deleted_at IS NULL)
      AND NOT EXISTS (SELECT FROM webhook_subscriptions s WHERE t.type = ANY(s.types) AND s.is_active);
"""
# Called from time to time: nobody can begin to listen while it looks.
REST = """
CREATE FUNCTION rest_engine_events() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    LOCK TABLE engine_event_types IN SHARE ROW EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM engine_event_types) THEN
        PERFORM setval('engine_events_listened', 1);
    END IF;
END $$
"""
# The sequence is 2 while anybody may listen, and 1 while nobody does. The conditions of the triggers below read it, so
# that an execution pays nothing measurable meanwhile; to read a table in a function would cost 8 µs for each row.
SWITCH = """
CREATE SEQUENCE engine_events_listened;
SELECT setval('engine_events_listened', 1);
GRANT SELECT, USAGE ON SEQUENCE engine_events_listened TO PUBLIC
"""
LISTENERS = [
    """CREATE TRIGGER listen_to_engine_events AFTER INSERT ON workflows FOR EACH ROW
    WHEN (NEW.named_types IS NOT NULL) EXECUTE FUNCTION refresh_engine_event_types()""",
    """CREATE TRIGGER listen_to_other_engine_events AFTER UPDATE ON workflows FOR EACH ROW
    WHEN ((OLD.named_types IS NOT NULL OR NEW.named_types IS NOT NULL)
          AND (OLD.named_types, OLD.is_active, OLD.deleted_at)
              IS DISTINCT FROM (NEW.named_types, NEW.is_active, NEW.deleted_at))
    EXECUTE FUNCTION refresh_engine_event_types()""",
    """CREATE TRIGGER listen_to_engine_events AFTER INSERT OR UPDATE OF types, is_active OR DELETE
    ON webhook_subscriptions FOR EACH STATEMENT EXECUTE FUNCTION refresh_engine_event_types()""",
]

# An execution that begins and ends in one transaction has both events; a fork has begun when it is inserted. ``rank``
# is the order in which the events of one transaction happened, whatever the order is in which it wrote its rows.
EXECUTION = """
    INSERT INTO engine_events (xact, rank, execution_id, workflow_id, version, depth, type, status, error, node_id)
    SELECT pg_current_xact_id()::text::bigint, e.rank, NEW.id, NEW.workflow_id, NEW.version, NEW.depth, e.type,
           e.status, CASE WHEN e.status = 'FAILED' THEN NEW.error END,
           CASE WHEN e.status = 'FAILED' THEN NEW.error ->> 'node_id' END
    FROM (VALUES
        (0, 'trigraph.execution.started', 'RUNNING', OLD.started_at IS NULL AND NEW.started_at IS NOT NULL),
        (3, 'trigraph.execution.' || lower(NEW.status), NEW.status,
         NEW.status IN ('COMPLETED', 'FAILED', 'CANCELLED'))
    ) AS e (rank, type, status, has_happened)
    WHERE e.has_happened AND EXISTS (SELECT FROM engine_event_types t WHERE t.type = e.type)
    ORDER BY e.rank;
"""
STEP = """
    IF EXISTS (SELECT FROM engine_event_types WHERE type = 'trigraph.execution.waiting') THEN
        INSERT INTO engine_events (xact, rank, execution_id, workflow_id, version, depth, type, status, node_id)
        SELECT pg_current_xact_id()::text::bigint, 2, e.id, e.workflow_id, e.version, e.depth,
               'trigraph.execution.waiting', CASE e.status WHEN 'PENDING' THEN 'RUNNING' ELSE e.status END, NEW.node_id
        FROM executions e WHERE e.id = NEW.execution_id AND e.inline_path IS NULL;
    END IF;
"""
APPROVAL = """
    IF EXISTS (SELECT FROM engine_event_types t WHERE t.type = TG_ARGV[0]) THEN
        INSERT INTO engine_events (xact, rank, execution_id, workflow_id, version, depth, type, status, node_id,
                                   approval_id, approval_status)
        SELECT pg_current_xact_id()::text::bigint, TG_ARGV[1]::smallint, e.id, e.workflow_id, e.version, e.depth,
               TG_ARGV[0], CASE e.status WHEN 'PENDING' THEN 'RUNNING' ELSE e.status END, NEW.node_id, NEW.id,
               NEW.status
        FROM executions e WHERE e.id = NEW.execution_id;
    END IF;
"""
# A condition of a trigger is evaluated inside the statement; the function is called for the few rows that fulfil it.
# A graph in place is a part of its parent, and an attempt that is made again after a pause does not wait for anything.
IS_LISTENED = "pg_sequence_last_value('engine_events_listened'::regclass) > 1"
RECORDERS = [
    f"""CREATE TRIGGER record_begun_execution AFTER INSERT ON executions FOR EACH ROW
    WHEN (NEW.started_at IS NOT NULL AND NEW.inline_path IS NULL AND {IS_LISTENED})
    EXECUTE FUNCTION record_execution_event()""",
    f"""CREATE TRIGGER record_execution_event AFTER UPDATE OF status ON executions FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status AND NEW.inline_path IS NULL AND {IS_LISTENED})
    EXECUTE FUNCTION record_execution_event()""",
    f"""CREATE TRIGGER record_new_waiting_step AFTER INSERT ON steps FOR EACH ROW
    WHEN (NEW.status = 'WAITING' AND NEW.resume IS DISTINCT FROM 'run' AND NOT NEW.kept AND {IS_LISTENED})
    EXECUTE FUNCTION record_waiting_step()""",
    f"""CREATE TRIGGER record_waiting_step AFTER UPDATE OF status ON steps FOR EACH ROW
    WHEN (NEW.status = 'WAITING' AND OLD.status <> 'WAITING' AND NEW.resume IS DISTINCT FROM 'run' AND {IS_LISTENED})
    EXECUTE FUNCTION record_waiting_step()""",
    f"""CREATE TRIGGER record_requested_approval AFTER INSERT ON approvals FOR EACH ROW
    WHEN (NEW.status = 'PENDING' AND {IS_LISTENED})
    EXECUTE FUNCTION record_approval_event('trigraph.approval.requested', '2')""",
    f"""CREATE TRIGGER record_decided_approval AFTER UPDATE OF status ON approvals FOR EACH ROW
    WHEN (OLD.status = 'PENDING' AND NEW.status IN ('APPROVED', 'REJECTED') AND {IS_LISTENED})
    EXECUTE FUNCTION record_approval_event('trigraph.approval.decided', '1')""",
]
# Triggers that were saved before name a type if they contain its text; a save finds out exactly.
NAMED = """
UPDATE workflows SET named_types = ARRAY[
    'trigraph.execution.started', 'trigraph.approval.decided', 'trigraph.execution.waiting',
    'trigraph.approval.requested', 'trigraph.execution.completed', 'trigraph.execution.failed',
    'trigraph.execution.cancelled']
WHERE trigger::text LIKE '%trigraph.execution.%' OR trigger::text LIKE '%trigraph.approval.%'
"""


def upgrade() -> None:
    limit_lock_waits()
    op.create_table("engine_event_types", sa.Column("type", sa.Text(), primary_key=True))
    op.create_table(
        "engine_events",
        sa.Column("seq", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("xact", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("execution_id", ID, nullable=False),
        sa.Column("workflow_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("approval_id", ID, nullable=True),
        sa.Column("approval_status", sa.Text(), nullable=True),
        sa.Column("happened_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("next_check_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
    )
    op.execute("ALTER TABLE engine_events SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)")
    op.add_column("workflows", sa.Column("named_types", sa.ARRAY(sa.Text()), nullable=True))
    for name, body in (
        ("refresh_engine_event_types", LISTENED),
        ("record_execution_event", EXECUTION),
        ("record_waiting_step", STEP),
        ("record_approval_event", APPROVAL),
    ):
        op.execute(_FUNCTION.format(name=name, body=body))
    op.execute(REST)
    for statement in (SWITCH, *LISTENERS, NAMED, *RECORDERS):
        op.execute(statement)


def downgrade() -> None:
    limit_lock_waits()
    for name, table in (
        ("record_decided_approval", "approvals"),
        ("record_requested_approval", "approvals"),
        ("record_waiting_step", "steps"),
        ("record_new_waiting_step", "steps"),
        ("record_execution_event", "executions"),
        ("record_begun_execution", "executions"),
        ("listen_to_engine_events", "webhook_subscriptions"),
        ("listen_to_other_engine_events", "workflows"),
        ("listen_to_engine_events", "workflows"),
    ):
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in (
        *("record_approval_event", "record_waiting_step", "record_execution_event", "refresh_engine_event_types"),
        "rest_engine_events",
    ):
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP SEQUENCE engine_events_listened")
    op.drop_column("workflows", "named_types")
    op.drop_table("engine_events")
    op.drop_table("engine_event_types")
