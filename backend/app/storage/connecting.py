"""How a connection to Postgres is opened and set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2.extensions import new_array_type, new_type, parse_dsn, register_type

from app.settings import Settings
from app.storage import json_text
from app.storage.connection import Connection, Cursor

#: Seconds to wait for Postgres to answer a connection attempt.
CONNECT_TIMEOUT = 5
#: How libpq notices a host that is lost: after 10 s of silence it asks three times, and what was sent is acknowledged
#: within 15 s.
LIVENESS = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
#: How every session of ours is set.
SESSION = {
    "timezone": "UTC",
    # What is prepared is looked up by keys: planning it anew for each value costs three times its execution.
    "plan_cache_mode": "force_generic_plan",
    # A process that stops in the middle of a transaction, or is cut off, must not hold its execution for ever.
    "idle_in_transaction_session_timeout": "20s",
    # A statement that waits for a lock for so long is given up, and tried again.
    "lock_timeout": "30s",
    # Statements that lock a row and then read it have to see what the last holder has committed.
    "default_transaction_isolation": r"read\ committed",
}
#: How the driver reads Postgres' types, by their object ids. Ids are text everywhere in our code.
ID = new_type((2950,), "ID", lambda text, cursor: text)
IDS = new_array_type((2951,), "IDS", ID)
JSON = new_type((114, 3802), "JSON", lambda text, cursor: None if text is None else json_text.loads(text))
JSONS = new_array_type((199, 3807), "JSONS", JSON)


def connection_parameters(settings: Settings) -> dict[str, Any]:
    """The parameters of libpq: those of the URL of Postgres, and ours, which override none of the URL."""
    arguments = {
        **LIVENESS,
        "connect_timeout": CONNECT_TIMEOUT,
        "application_name": "trigraph",
        # A standby refuses our writes; refused at once, the next host of the URL is tried.
        "target_session_attrs": "read-write",
    }
    if not settings.shares_session:
        # A pooler refuses these, as a session of it is not one of the server.
        arguments["options"] = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    return {**arguments, **parse_dsn(settings.database)}


def open_connection(parameters: Mapping[str, Any]) -> Connection:
    """A new connection of a pool. Raises OperationalError."""
    opened: Connection = psycopg2.connect(**parameters, connection_factory=Connection, cursor_factory=Cursor)
    set_types(opened)
    return opened


def set_types(opened: Connection) -> None:
    """Have a connection read ids as text, and JSON as values."""
    for type in (ID, IDS, JSON, JSONS):
        register_type(type, opened)
