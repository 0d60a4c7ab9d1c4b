"""The rights of a process's database role, checked once at its start."""

from __future__ import annotations

from app.errors import InvalidInput
from app.storage.database import ConnectionPool, fetch_row, transaction
from app.storage.tables import TABLES

_MISSING = """
SELECT p.privilege, array_agg(t.name ORDER BY t.name)
FROM unnest(%s::text[]) AS t (name)
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
WHERE NOT has_table_privilege(t.name, p.privilege)
GROUP BY p.privilege ORDER BY p.privilege DESC"""
# A role sees the sessions of roles that it is a member of. The others that may post events are those with the right to,
# but for superusers, which every server has, except the owner of the tables.
_SIGHT = """
SELECT current_user, current_setting('track_activities')::bool,
       CASE WHEN NOT current_setting('is_superuser')::bool AND NOT pg_has_role('pg_read_all_stats', 'USAGE') THEN (
           SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles
           WHERE rolcanlogin AND has_table_privilege(oid, 'events', 'INSERT') AND NOT pg_has_role(oid, 'USAGE')
             AND (NOT rolsuper OR oid = (SELECT relowner FROM pg_class WHERE oid = 'events'::regclass))) END"""


def check_rights(engine: ConnectionPool) -> None:
    """
    Check that this role may use every table, and sees the transactions of others. Raises InvalidInput.

    A step that waits for an event looks back until every transaction is over that may have missed it; so transactions
    that a role cannot see would lose events.
    """
    with transaction(engine) as cursor:
        cursor.execute(_SIGHT)
        role, tracks, unseen = fetch_row(cursor)
        cursor.execute(_MISSING, (list(TABLES),))
        missing = cursor.fetchall()
    for privilege, tables in missing:
        raise InvalidInput(
            f"The role {role} of DATABASE_URL lacks a right; GRANT {privilege} ON {', '.join(tables)} TO {role}."
        )
    if not tracks:
        raise InvalidInput("Postgres has track_activities = off; it must be on, so that no event is missed.")
    if unseen:
        raise InvalidInput(
            f"The role {role} of DATABASE_URL does not see the transactions of other roles that may post events"
            f" ({unseen}), so events could be missed; GRANT pg_read_all_stats TO {role}."
        )
