"""The rights of a process's database role, checked once at its start."""

from __future__ import annotations

from sqlalchemy import Engine

from app.errors import InvalidInput
from app.storage.database import fetch_row, transaction
from app.storage.models import Base

_MISSING = """
SELECT p.privilege, array_agg(t.name ORDER BY t.name)
FROM unnest(%s::text[]) AS t (name)
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
WHERE NOT has_table_privilege(t.name, p.privilege)
GROUP BY p.privilege ORDER BY p.privilege DESC"""
# A member of the owner's role also sees the owner's sessions.
_SIGHT = """
SELECT current_user, current_setting('track_activities')::bool,
       current_setting('is_superuser')::bool OR pg_has_role('pg_read_all_stats', 'USAGE')
       OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'events'::regclass), 'USAGE')"""


def check_rights(engine: Engine) -> None:
    """
    Check that this role may use every table, and sees the transactions of others. Raises InvalidInput.

    A step that waits for an event looks back until every transaction is over that may have missed it; so transactions
    that a role cannot see would lose events.
    """
    with transaction(engine) as cursor:
        cursor.execute(_SIGHT)
        role, tracks, sees_others = fetch_row(cursor)
        cursor.execute(_MISSING, (sorted(Base.metadata.tables),))
        missing = cursor.fetchall()
    for privilege, tables in missing:
        raise InvalidInput(
            f"The role {role} of DATABASE_URL lacks a right; GRANT {privilege} ON {', '.join(tables)} TO {role}."
        )
    if not tracks:
        raise InvalidInput("Postgres has track_activities = off; it must be on, so that no event is missed.")
    if not sees_others:
        raise InvalidInput(
            f"The role {role} of DATABASE_URL does not see the transactions of other roles, so events could be missed;"
            f" GRANT pg_read_all_stats TO {role}."
        )
